"""nginx and Apache from Debian do what our reading of their configuration says, and accept what we accept."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest

from live.machine_servers import free_port, program, running, takes
from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.controls.access.hsts.source import audit_source as hsts
from ostiary.controls.access.no_directory_listing.source import audit_source as listing
from ostiary.controls.output.no_fingerprint_headers.source import audit_source as banners
from ostiary.model import Finding, Outcome
from ostiary.parts.deployment.book import Book

pytestmark = pytest.mark.live
MODULES = Path("/usr/lib/apache2/modules")


def fetched(port: int, path: str) -> tuple[int, dict[str, str], str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as reply:
            return reply.status, {k.lower(): v for k, v in reply.headers.items()}, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read().decode()


def told(folder: Path, check: Callable[[Tree], Coroutine[None, None, Finding]]) -> Outcome:
    return asyncio.run(check(Tree("it", Folder(folder), root=folder))).outcome


@contextlib.contextmanager
def nginx(folder: Path, http: str, server: str) -> Iterator[int]:
    """nginx with these lines in ``http`` and ``server``; its configuration lies in ``conf`` below the folder."""
    binary = program("nginx", "nginx-light", "/usr/sbin/nginx")
    port = free_port()
    (folder / "www" / "files").mkdir(parents=True)
    (folder / "www" / "files" / "notes.txt").write_text("x", encoding="utf-8")
    folder.chmod(0o755)
    (folder / "conf").mkdir()
    (folder / "conf" / "nginx.conf").write_text(
        f"{'user root; ' if os.geteuid() == 0 else ''}daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;\n"
        f"uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;\n{http}\n"
        f"server {{ listen 127.0.0.1:{port}; root {folder}/www;\n{server}\n}} }}\n",
        encoding="utf-8",
    )
    command = [binary, "-e", "stderr", "-p", str(folder), "-c", str(folder / "conf" / "nginx.conf")]
    with running(command, takes(port), folder):
        yield port


@pytest.mark.parametrize(
    ("server", "listed"),
    [
        ("autoindex on;", True),
        ("location /files/ { autoindex on; }", True),
        ("autoindex off;", False),
        ("# autoindex on;", False),
    ],
)
def test_nginx_lists_where_we_say_so(tmp_path: Path, server: str, *, listed: bool) -> None:
    with nginx(tmp_path, "", server) as port:
        status, _, text = fetched(port, "/files/")
    assert (status == 200 and "notes.txt" in text) is listed
    assert told(tmp_path / "conf", listing) is (Outcome.FAIL if listed else Outcome.PASS)


@pytest.mark.parametrize(("http", "named"), [("", True), ("server_tokens on;", True), ("server_tokens off;", False)])
def test_nginx_names_its_version_where_we_say_so(tmp_path: Path, http: str, *, named: bool) -> None:
    with nginx(tmp_path, http, "") as port:
        _, headers, _ = fetched(port, "/files/")
    assert ("/" in headers["server"]) is named
    assert told(tmp_path / "conf", banners) is (Outcome.FAIL if named else Outcome.PASS)


@pytest.mark.parametrize(
    ("server", "everywhere"),
    [
        ('add_header Strict-Transport-Security "max-age=63072000" always;', True),
        ('add_header Strict-Transport-Security "max-age=63072000";', False),
        (
            'add_header Strict-Transport-Security "max-age=63072000" always; location /gone { add_header X-A b always; return 404; }',
            False,
        ),
    ],
)
def test_nginx_drops_the_header_where_we_say_so(tmp_path: Path, server: str, *, everywhere: bool) -> None:
    with nginx(tmp_path, "", server) as port:
        _, headers, _ = fetched(port, "/gone")
    assert ("strict-transport-security" in headers) is everywhere
    text = (tmp_path / "conf" / "nginx.conf").read_text(encoding="utf-8")
    (tmp_path / "conf" / "nginx.conf").write_text(text.replace(f":{port};", f":{port} ssl;"), encoding="utf-8")
    assert told(tmp_path / "conf", hsts) is (Outcome.PASS if everywhere else Outcome.FAIL)


def test_what_nginx_dumps_is_what_we_read() -> None:
    """``nginx -T`` prints every file that it reads; a reading of the files with their includes finds the same directives."""
    binary = program("nginx", "nginx-light", "/usr/sbin/nginx")
    dumped = subprocess.run([binary, "-T"], capture_output=True, text=True, timeout=30, check=False)
    if dumped.returncode:
        pytest.skip(f"NOT TESTED: nginx does not accept its own configuration here: {dumped.stderr[-200:]}")

    def include(asking: str, pattern: str) -> list[tuple[str, str]]:
        found = (
            sorted(Path("/").glob(pattern.lstrip("/"))) if pattern.startswith("/") else [Path("/etc/nginx", pattern)]
        )
        return [(str(each), each.read_text(encoding="utf-8")) for each in found]

    ours, theirs = Book(), Book()
    ours.add("nginx", "nginx.conf", Path("/etc/nginx/nginx.conf").read_text(encoding="utf-8"), include)
    for part in dumped.stdout.split("# configuration file ")[1:]:
        name, _, text = part.partition(":\n")
        if "mime.types" not in name:
            theirs.add("nginx", name, text)
    assert not ours.broken
    assert not theirs.broken
    assert not ours.missing
    count = [Counter((each.name, each.value) for each in book.settings("nginx")) for book in (ours, theirs)]
    assert count[0] == count[1]


@contextlib.contextmanager
def apache(folder: Path, lines: str) -> Iterator[int]:
    binary = program("apache2", "apache2-bin", "/usr/sbin/apache2")
    port = free_port()
    (folder / "www" / "files").mkdir(parents=True)
    (folder / "www" / "files" / "notes.txt").write_text("x", encoding="utf-8")
    (folder / "conf").mkdir()
    loaded = "".join(
        f"LoadModule {each}_module {MODULES}/mod_{each}.so\n"
        for each in ("mpm_event", "authz_core", "dir", "autoindex", "headers")
        if (MODULES / f"mod_{each}.so").exists()
    )
    (folder / "conf" / "httpd.conf").write_text(
        f"{loaded}ServerRoot {folder}\nServerName 127.0.0.1\nPidFile {folder}/pid\nErrorLog {folder}/error\n"
        f"Listen 127.0.0.1:{port}\nDocumentRoot {folder}/www\n{lines}\n",
        encoding="utf-8",
    )
    command = [binary, "-f", str(folder / "conf" / "httpd.conf"), "-DFOREGROUND"]
    with running(command, takes(port), folder):
        yield port


@pytest.mark.parametrize(
    ("options", "listed"),
    [("Indexes", True), ("+Indexes", True), ("-Indexes +FollowSymLinks", False), ("None", False), ("All", True)],
)
def test_apache_lists_where_we_say_so(tmp_path: Path, options: str, *, listed: bool) -> None:
    with apache(
        tmp_path, f"<Directory {tmp_path}/www>\n  Require all granted\n  Options {options}\n</Directory>"
    ) as port:
        status, _, text = fetched(port, "/files/")
    assert (status == 200 and "notes.txt" in text) is listed
    assert told(tmp_path / "conf", listing) is (Outcome.FAIL if listed else Outcome.PASS)


@pytest.mark.parametrize("tokens", ["Full", "OS", "Minimal", "Minor", "Major", "Prod"])
def test_apache_names_its_version_where_we_say_so(tmp_path: Path, tokens: str) -> None:
    with apache(tmp_path, f"ServerTokens {tokens}\nServerSignature Off") as port:
        _, headers, _ = fetched(port, "/")
    named = "/" in headers["server"]
    assert named is (tokens != "Prod")
    assert told(tmp_path / "conf", banners) is (Outcome.FAIL if named else Outcome.PASS)


def test_what_debian_ships_of_apache_is_read_whole() -> None:
    if not Path("/etc/apache2/apache2.conf").exists():
        pytest.skip("NOT TESTED: Apache is not installed (apt-get install apache2)")

    def include(asking: str, pattern: str) -> list[tuple[str, str]]:
        found = sorted(Path("/etc/apache2").glob(pattern))
        return [(str(each), each.read_text(encoding="utf-8")) for each in found]

    book = Book()
    book.add("apache", "apache2.conf", Path("/etc/apache2/apache2.conf").read_text(encoding="utf-8"), include)
    for each in sorted(Path("/etc/apache2/mods-available").glob("*.conf")):
        book.add("apache", str(each), each.read_text(encoding="utf-8"))
    assert not book.broken
    assert not book.missing
    assert len(list(book.settings("apache"))) > 100
