"""Which program a command line runs in the end: launchers, runners of environments and containers are looked through."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Final

_DEPTH: Final = 8
_ENDINGS: Final = re.compile(r"\.(?:exe|cmd|bat|phar|sh|bash|py|pl|rb|js|jar)$")
_ASSIGNED: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)
_SAME: Final = {
    "python": re.compile(r"python[0-9.]*|pypy[0-9.]*"),
    "pip": re.compile(r"pip[0-9.]*"),
    "gradle": re.compile(r"gradlew?"),
    "mvn": re.compile(r"mvnw?|mvnd"),
    "make": re.compile(r"g?make"),
}
# what comes before a program, and which of its options take a value of their own
_BEFORE: Final[dict[str, frozenset[str]]] = {
    "sudo": frozenset({"-u", "-g", "-h", "-p"}), "doas": frozenset({"-u"}), "env": frozenset({"-u", "-C"}), "time": frozenset(), "nice": frozenset({"-n"}), "ionice": frozenset({"-c", "-n"}),
    "nohup": frozenset(), "exec": frozenset({"-a"}), "command": frozenset(), "builtin": frozenset(), "xvfb-run": frozenset({"-s", "-e", "-n"}), "stdbuf": frozenset({"-o", "-i", "-e"}), "dotenv": frozenset({"-f"}),
    "npx": frozenset({"-p", "--package"}), "pnpx": frozenset(), "bunx": frozenset(), "uvx": frozenset({"--from", "--with", "--python", "-p"}), "dbus-run-session": frozenset(), "catchsegv": frozenset(), "unbuffer": frozenset(),
    "cross-env": frozenset(), "nyc": frozenset({"--reporter", "-r"}), "c8": frozenset({"--reporter", "-r"}), "dotenvx": frozenset(), "aws-vault": frozenset(), "setsid": frozenset(), "caffeinate": frozenset(), "then": frozenset(), "do": frozenset(), "else": frozenset(), "!": frozenset(), "{": frozenset(), "(": frozenset(),
}  # fmt: skip
# runners: the word (or words) after which the program comes
_RUNNERS: Final[dict[str, frozenset[str]]] = {
    "poetry": frozenset({"run"}), "pipenv": frozenset({"run"}), "uv": frozenset({"run"}), "hatch": frozenset({"run"}), "pdm": frozenset({"run"}), "rye": frozenset({"run"}), "pixi": frozenset({"run"}),
    "conda": frozenset({"run"}), "mamba": frozenset({"run"}), "micromamba": frozenset({"run"}), "pipx": frozenset({"run"}), "bundle": frozenset({"exec"}), "pnpm": frozenset({"exec", "dlx"}), "yarn": frozenset({"exec", "dlx", "run"}),
    "npm": frozenset({"exec", "x"}), "bun": frozenset({"x"}), "rbenv": frozenset({"exec"}), "mise": frozenset({"exec", "x"}), "asdf": frozenset({"exec"}), "direnv": frozenset({"exec"}), "devbox": frozenset({"run"}), "coverage": frozenset({"run"}),
    "doppler": frozenset({"run"}), "op": frozenset({"run"}), "infisical": frozenset({"run"}), "fvm": frozenset({"exec"}), "symfony": frozenset({"php", "composer", "console"}),
}  # fmt: skip
_VALUED: Final = frozenset({  # options of runners with a value of their own
    "--with", "--extra", "--group", "--python", "-p", "--package", "-c", "--from", "-e", "--env", "--env-file", "-n", "--name", "--source", "--rcfile", "--omit", "--include", "--data-file", "--spec", "-C", "--directory", "--project",
    "--with-requirements", "--with-editable", "--only-group", "--no-group", "--index-url", "--filter", "-F", "-w", "--workspace", "--cwd", "--concurrency",
})  # fmt: skip
_DOCKER: Final = frozenset({
    "-v", "--volume", "-e", "--env", "-u", "--user", "-w", "--workdir", "-p", "--publish", "--name", "--network", "--net", "--mount", "--platform", "--env-file", "--add-host", "-m", "--memory", "--cpus", "-l", "--label", "-h", "--hostname",
    "--link", "--entrypoint", "--pull", "--shm-size", "--ulimit", "--device", "--gpus", "--cap-add", "--cap-drop", "--security-opt", "--tmpfs", "--volumes-from", "-a", "--ipc", "--pid", "--log-driver", "--restart", "-f", "--file", "--profile",
    "--index", "--dns", "--group-add", "--cidfile", "--health-cmd", "--stop-timeout", "--userns", "--cgroupns", "--isolation", "--project-name", "--project-directory", "--annotation",
})  # fmt: skip
_IMAGES: Final = {  # the last part of an image's name, where it is not the tool's
    "zap2docker-stable": "zaproxy", "zap2docker-weekly": "zaproxy", "zap2docker-bare": "zaproxy", "zap-stable": "zaproxy", "sonar-scanner-cli": "sonar-scanner", "clamav": "clamscan", "clamav-debian": "clamscan", "scout-cli": "docker-scout",
    "cosign": "cosign", "dependency-check": "dependency-check", "trivy": "trivy", "nuclei": "nuclei", "burp-suite": "burp", "owasp-zap": "zaproxy", "codeql-container": "codeql", "hawkscan": "stackhawk", "cli": "",
}  # fmt: skip


def program(argv: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The name of the program that runs in the end, without folder and ending, and its arguments; empty: none that can be told.

    ``sudo -u ci poetry run python3 -m pytest -x`` is ``("pytest", ("-x",))``; ``docker run --rm aquasec/trivy image app``
    is ``("trivy", ("image", "app"))``.
    """
    words = tuple(argv)
    for _ in range(_DEPTH):
        while words and _ASSIGNED.fullmatch(words[0]):
            words = words[1:]
        if not words:
            return "", ()
        name = _name(words[0])
        inner = _inside(name, words[1:])
        if inner is None:
            return name, words[1:]
        words = inner
    return "", ()


def _name(word: str) -> str:
    last = re.split(r"[/\\]", word)[-1].lower()
    last = _ENDINGS.sub("", last)
    last = next((name for name, form in _SAME.items() if form.fullmatch(last)), last)
    return last.partition("@")[0] if not last.startswith("@") else last


def _inside(name: str, args: tuple[str, ...]) -> tuple[str, ...] | None:
    """The command line that a launcher runs; None: it is no launcher, or runs nothing of the kind."""
    if name in _BEFORE:
        return _after_options(args, _BEFORE[name]) or None
    if name == "timeout":
        return _after_options(args, frozenset({"-s", "-k", "--signal", "--kill-after"}))[1:] or None
    if name in {"retry", "wait-for-it", "with-server", "start-server-and-test", "concurrently"}:
        return args[args.index("--") + 1 :] if "--" in args else None
    if name == "python":
        return _python(args)
    if name in {"docker", "podman", "nerdctl"}:
        return _container(args)
    if name == "docker-compose":
        return _composed(args)
    if name in {
        "go",
        "java",
        "node",
        "php",
        "ruby",
        "perl",
        "bash",
        "sh",
        "zsh",
        "dash",
        "dotnet",
        "deno",
        "pwsh",
        "powershell",
    }:
        return _interpreted(name, args)
    return _run(name, args)


def _run(name: str, args: tuple[str, ...]) -> tuple[str, ...] | None:
    verbs = _RUNNERS.get(name)
    if verbs is None:
        return None
    rest = _after_options(args, _VALUED)
    if not rest or rest[0] not in verbs:
        return None
    inner = _after_options(rest[1:], _VALUED)
    if name == "coverage" and inner != rest[1:] and "-m" in rest[1:]:
        inner = rest[rest.index("-m") + 1 :]
    return _npm_name(inner) or None


def _npm_name(words: tuple[str, ...]) -> tuple[str, ...]:
    """A package of a scope is mostly named for its program: ``@cyclonedx/cyclonedx-npm`` is ``cyclonedx-npm``."""
    return (words[0].rpartition("/")[2], *words[1:]) if words and words[0].startswith("@") else words


def _after_options(args: tuple[str, ...], valued: frozenset[str]) -> tuple[str, ...]:
    at = 0
    while at < len(args) and (args[at].startswith("-") or _ASSIGNED.fullmatch(args[at])):
        if args[at] == "--":
            return args[at + 1 :]
        at += 2 if args[at] in valued else 1
    return args[at:]


def _python(args: tuple[str, ...]) -> tuple[str, ...] | None:
    rest = _after_options(args, frozenset({"-W", "-X"}))
    if "-m" in args[: len(args) - len(rest)] and rest:
        return (rest[0].replace("_", "-") if rest[0] != "unittest" else rest[0], *rest[1:])
    if "-c" in args[: len(args) - len(rest)]:
        return None
    return rest if rest and rest[0].endswith(".py") else None


def _interpreted(name: str, args: tuple[str, ...]) -> tuple[str, ...] | None:
    if name == "java":
        return (args[args.index("-jar") + 1], *args[args.index("-jar") + 2 :]) if "-jar" in args[:-1] else None
    if name == "go":
        tool = (
            next((at for at, each in enumerate(args) if "@" in each and "/" in each), -1)
            if args[:1] == ("run",)
            else -1
        )
        return (args[tool].partition("@")[0].rpartition("/")[2], *args[tool + 1 :]) if tool > 0 else None
    if name in {"dotnet", "deno"}:
        return None
    rest = _after_options(args, frozenset({"-d", "-r", "--require", "-I", "-c", "-o", "-File", "-Command"}))
    if rest == args and rest and re.search(r"[/.]", rest[0]):
        return rest
    return rest if rest and re.search(r"\.(?:js|cjs|mjs|sh|php|rb|pl|ps1|phar)$|/bin/", rest[0]) else None


def _container(args: tuple[str, ...]) -> tuple[str, ...] | None:
    words = _after_options(args, _DOCKER | {"--context", "-H", "--config"})
    if words[:1] == ("container",):
        words = words[1:]
    if words[:1] == ("compose",):
        return _composed(words[1:])
    if words[:1] == ("exec",):
        return _after_options(words[1:], _DOCKER)[1:] or None
    if words[:1] != ("run",):
        return None
    rest = _after_options(words[1:], _DOCKER)
    if not rest:
        return None
    options = words[1 : len(words) - len(rest)]
    entry = next((after for each, after in itertools.pairwise(options) if each == "--entrypoint"), "")
    entry = entry or next((each.partition("=")[2] for each in options if each.startswith("--entrypoint=")), "")
    image = re.sub(r"@sha256:.*$|:[^:/]*$", "", rest[0]).lower()
    tool = entry or _IMAGES.get(image.rpartition("/")[2], image.rpartition("/")[2])
    return _of_image(tool or image.split("/")[-2 if "/" in image else 0], rest[1:])


def _of_image(tool: str, args: tuple[str, ...]) -> tuple[str, ...]:
    """Arguments are the whole command line where they begin with the tool, or with another program."""
    first = args[0] if args else ""
    own = (
        _name(first) == tool
        or first.endswith((".py", ".sh"))
        or first in {"bash", "sh", "python", "python3", "npm", "yarn", "go", "mvn"}
    )
    runs = not first.startswith("-") and _name(first) in _KNOWN_IN_IMAGES
    return args if first and (own or runs or first.startswith("/")) else (tool, *args)


_KNOWN_IN_IMAGES: Final = frozenset(
    {
        "pytest",
        "semgrep",
        "clamscan",
        "gitleaks",
        "trivy",
        "zap",
        "make",
        "tox",
        "phpunit",
        "composer",
        "bundle",
        "cargo",
        "pnpm",
        "poetry",
        "bandit",
        "jest",
        "npx",
    }
)


def _composed(args: tuple[str, ...]) -> tuple[str, ...] | None:
    words = _after_options(args, _DOCKER)
    if words[:1] not in {("run",), ("exec",)}:
        return None
    return _after_options(words[1:], _DOCKER)[1:] or None
