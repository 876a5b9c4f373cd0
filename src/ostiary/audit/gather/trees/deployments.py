"""Which files of a tree configure servers, containers and clouds: told by name and content, each read once, bounded."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ostiary.errors import Unanswerable
from ostiary.evidence.tree import File, Role
from ostiary.parts.deployment.book import Book
from ostiary.parts.deployment.reading import MOST_TEXT

if TYPE_CHECKING:
    from ostiary.audit.gather.trees.tree import Tree

_MOST_BYTES: Final = 24 * 1024 * 1024  # of all such files
_MOST_TERRAFORM: Final = 1_000_000  # bytes: its grammar is slow
TOO_LONG: Final = "configuration beyond what is looked at"
_HEAD: Final = 65_536  # characters in which a file shows what it is
_YAML: Final = (".yml", ".yaml")
_COMPOSE: Final = re.compile(r"(?:.*[._-])?(?:docker-)?compose(?:[._-].*)?\.ya?ml", re.IGNORECASE)
_DOCKERFILE: Final = re.compile(r"(?:.*[._-])?(?:dockerfile|containerfile)(?:[._-].*)?", re.IGNORECASE)
_SPRING: Final = re.compile(r"(?:application|bootstrap)(?:-[A-Za-z0-9_-]+)?\.(?:properties|ya?ml)")
_SERVERS: Final = re.compile(
    r".*\.(?:conf|vhost|nginx|cfg|template)|\.htaccess|default|.*nginx.*|.*httpd.*|.*apache2?.*", re.IGNORECASE
)
_NOT_SERVERS: Final = re.compile(
    r".*\.(?:py|js|ts|go|java|kt|rb|php|rs|c|h|md|rst|html|css|json|toml|sh|ps1|ya?ml|tf|xml|svg|png|txt|lua|j2|erb|tpl|mjs|tsx|vue|swift|cs)"
)
_NGINX: Final = re.compile(
    r"^[ \t]*(?:server|http|upstream[ \t][^\n{]{1,500}|location[ \t][^\n{]{1,500}|events)[ \t]*\{", re.MULTILINE
)
_NGINX_PART: Final = re.compile(
    r"^[ \t]*(?:server_name|listen|proxy_pass|ssl_protocols|ssl_ciphers|add_header|autoindex|server_tokens|auth_basic)[ \t]+[^\n{};]+;",
    re.MULTILINE,
)
_APACHE: Final = re.compile(
    r"^[ \t]*(?:</?(?:VirtualHost|Directory|Location|Files|IfModule|FilesMatch|LocationMatch)\b|(?:Options|SSLProtocol|SSLCipherSuite|ServerTokens|ServerSignature|DocumentRoot|RewriteEngine|AuthType|LoadModule|AllowOverride)[ \t]+\S)",
    re.MULTILINE | re.IGNORECASE,
)
_HAPROXY: Final = re.compile(r"^(?:frontend|backend|listen|defaults|global)\b[^{;]*$", re.MULTILINE)
_KUBERNETES: Final = (re.compile(r"^apiVersion:", re.MULTILINE), re.compile(r"^[- ]*kind:", re.MULTILINE))
_CLOUDFORMATION: Final = re.compile(r"AWSTemplateFormatVersion|[\"']?Type[\"']?\s*:\s*[\"']?AWS::[A-Z]")
_SERVICES: Final = re.compile(r"^services:", re.MULTILINE)
_DEAD_ENV: Final = re.compile(r"(?:example|sample|template|dist|default|tpl|test|schema)", re.IGNORECASE)
_PRESENT: Final = {
    "ansible": ("ansible.cfg", "*playbook*.yml", "*/roles/*/tasks/main.yml", "roles/*/tasks/main.yml", "site.yml"),
    "pulumi": ("Pulumi.yaml", "Pulumi.yml"),
    "packer": ("*.pkr.hcl", "packer.json"),
    "cdk": ("cdk.json",),
    "bicep": ("*.bicep",),
    "arm": ("azuredeploy.json",),
    "vagrant": ("Vagrantfile",),
    "cloud-init": ("cloud-init*", "*user-data*"),
    "chart": ("Chart.yaml",),
    "chef": ("*/recipes/*.rb", "Policyfile.rb"),
    "puppet": ("*.pp",),
    "nix": ("configuration.nix", "flake.nix"),
    "caddy": ("Caddyfile", "*.caddyfile"),
    "traefik": ("traefik.yml", "traefik.yaml", "traefik.toml"),
    "app-engine": ("app.yaml",),
    "heroku": ("Procfile", "app.json"),
    "fly": ("fly.toml",),
    "render": ("render.yaml",),
    "serverless": ("serverless.yml", "serverless.yaml", "serverless.ts"),
    "vercel": ("vercel.json",),
    "netlify": ("netlify.toml",),
    "railway": ("railway.json", "railway.toml"),
    "cloud-foundry": ("manifest.yml",),
    "elastic-beanstalk": (".ebextensions/*", ".elasticbeanstalk/*"),
    "sam": ("samconfig.toml",),
    "cloud-run": ("cloudrun.yaml", "service.cloudrun.yaml"),
    "kamal": ("config/deploy.yml",),
}  # fmt: skip
_ANY_PRESENT: Final = re.compile("|".join(fnmatch.translate(each) for some in _PRESENT.values() for each in some))


def read(tree: Tree) -> Book:
    """Everything that configures something; tests, samples and what others wrote are left out."""
    gatherer = _Gatherer(tree)
    for file in tree.files:
        if file.role is Role.PRODUCT:
            gatherer.take(file)
    gatherer.servers()
    return gatherer.book


class _Gatherer:
    def __init__(self, tree: Tree) -> None:
        self.book = Book()
        self._tree = tree
        self._paths = {each.path: each for each in tree.files}
        self._charts = {each.path.rpartition("/")[0] for each in tree.files if each.name == "Chart.yaml"}
        self._bytes = self._terraform = 0
        self._waiting: dict[str, tuple[str, str]] = {}  # files of servers: path -> tool and text
        self._included: set[str] = set()

    def take(self, file: File) -> None:
        """Read a file if it configures something."""
        if _ANY_PRESENT.fullmatch(file.path) or _ANY_PRESENT.fullmatch(file.name):
            for tool, patterns in _PRESENT.items():
                if any(
                    fnmatch.fnmatchcase(file.path, each) or fnmatch.fnmatchcase(file.name, each) for each in patterns
                ):
                    self.book.note(tool, file.path)
        kind = self._kind(file)
        if not kind:
            return
        text = self._text(file)
        tool = _told(kind, file, text, self._charts)
        if tool == "helm template":
            self.book.note("Helm templates", file.path)
        elif tool in {"nginx", "apache", "haproxy"}:
            self._waiting[file.path] = (tool, text)
        elif tool:
            self.book.add(tool, file.path, text, self._beside)

    def _kind(self, file: File) -> str:
        """What a file may be by its name; empty: none of ours."""
        name = file.name.lower()
        if file.size > MOST_TEXT or self._bytes > _MOST_BYTES:
            if not name.endswith(".json") and self._named(file, name):
                self.book.note(TOO_LONG, file.path)
            return ""
        return self._named(file, name)

    def _named(self, file: File, name: str) -> str:
        if name.endswith((".tf", ".tfvars")):
            self._terraform += file.size
            if self._terraform > _MOST_TERRAFORM:
                self.book.note("Terraform beyond what is looked at", file.path)
                return ""
            return "terraform"
        if _SPRING.fullmatch(file.name):
            return "spring"
        if name.endswith(_YAML) or (name.endswith(".json") and file.size < MOST_TEXT // 4):
            return "yaml" if name.endswith(_YAML) else "json"
        if _DOCKERFILE.fullmatch(file.name) and not name.endswith(("ignore", ".md", ".sh", ".py", ".go", ".j2")):
            return "dockerfile"
        if name == ".env" or name.startswith(".env.") or name.endswith(".env"):
            return "" if _DEAD_ENV.search(name.removesuffix(".env")) else "env"
        return "server" if _SERVERS.fullmatch(file.name) and not _NOT_SERVERS.fullmatch(name) else ""

    def _text(self, file: File) -> str:
        self._bytes += file.size
        try:
            return self._tree.text(file)
        except Unanswerable:
            return ""

    def servers(self) -> None:
        """Read configurations of servers, those that nobody includes; what they include is read where it stands."""
        order = sorted(self._waiting, key=lambda each: (not _is_main(each), each))
        for path in order:
            if path not in self._included:
                tool, text = self._waiting[path]
                self.book.add(tool, path, text, self._included_by)

    def _beside(self, asking: str, name: str) -> Sequence[tuple[str, str]] | None:
        """A file named relative to another one, inside of the tree."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(asking), name))
        file = self._paths.get(path)
        return [(path, self._text(file))] if file is not None and file.size <= MOST_TEXT else None

    def _included_by(self, asking: str, pattern: str) -> Sequence[tuple[str, str]] | None:
        """Files that a server's configuration includes: beside it, below one of the folders above it, or by the end of its path."""
        folder = posixpath.dirname(asking)
        tails = _tails(pattern)
        while True:
            for tail in tails:
                whole = posixpath.normpath(posixpath.join(folder, tail))
                found = self._matching(whole, asking)
                if found:
                    self._included.update(found)
                    return [(each, self._text(self._paths[each])) for each in sorted(found)[:200]]
            if not folder:
                return [] if "*" in pattern and _is_whole(asking, pattern) else None
            folder = posixpath.dirname(folder)

    def _matching(self, whole: str, asking: str) -> list[str]:
        if not any(each in whole for each in "*?["):
            return [whole] if whole in self._paths and whole != asking else []
        depth = whole.count("/")  # a star does not cross folders
        return [each for each in fnmatch.filter(self._paths, whole) if each != asking and each.count("/") == depth]


def _is_whole(asking: str, pattern: str) -> bool:
    """Whether the tree is a file system: then a pattern that fits nothing includes nothing."""
    return pattern.startswith("/") and asking.startswith(pattern[1:].partition("/")[0] + "/")


def _tails(pattern: str) -> list[str]:
    """``/etc/nginx/conf.d/*.conf`` may be ``conf.d/*.conf`` in a project; a bare ``*.conf`` may be anything."""
    parts = [each for each in pattern.split("/") if each not in {"", "."}]
    if not pattern.startswith("/"):
        return ["/".join(parts)]
    return ["/".join(parts[at:]) for at in range(len(parts)) if at < len(parts) - 1 or "*" not in parts[at]]


def _is_main(path: str) -> bool:
    return posixpath.basename(path) in {"nginx.conf", "httpd.conf", "apache2.conf"}


def _told(kind: str, file: File, text: str, charts: set[str]) -> str:
    """The tool whose file it is, by its content."""
    head = text[:_HEAD]
    if kind in {"terraform", "spring", "env"}:
        return kind
    if kind == "dockerfile":
        return kind if re.search(r"(?im)^\s*FROM\s+\S", head) else ""
    if kind == "server":
        return _server(file, head)
    if kind == "json":
        return "cloudformation" if _CLOUDFORMATION.search(head) and '"Resources"' in text else ""
    folder = posixpath.dirname(file.path)
    chart = any(folder == each or folder.startswith(f"{each}/" if each else "") for each in charts) if charts else False
    if chart and "/templates" in f"/{folder}":
        return "helm template"
    if chart and file.name.startswith("values"):
        return "helm"
    if _COMPOSE.fullmatch(file.name) or (
        _SERVICES.search(head)
        and re.search(r"^ +(?:image|build):", head, re.MULTILINE)
        and "apiVersion" not in head
        and ".github" not in folder
        and "stages:" not in head
    ):
        return "compose"
    if all(each.search(head) for each in _KUBERNETES):
        return "kubernetes"
    return "cloudformation" if _CLOUDFORMATION.search(head) and re.search(r"^Resources:", text, re.MULTILINE) else ""


def _server(file: File, head: str) -> str:
    if file.name == ".htaccess":
        return "apache"
    if _NGINX.search(head):
        return "nginx"
    if _APACHE.search(head):
        return "apache"
    if _NGINX_PART.search(head):
        return "nginx"
    named = "haproxy" in file.path.lower()
    return "haproxy" if named and _HAPROXY.search(head) else ""
