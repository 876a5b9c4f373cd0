"""nginx, Apache and HAProxy: sections, lines, includes; what is not theirs is refused, and nothing outside is opened."""

from __future__ import annotations

import pytest

from ostiary.evidence.deployment import Setting
from ostiary.parts.deployment.book import Book


def told(book: Book, tool: str, *names: str) -> list[tuple[str, tuple[str, ...], object]]:
    return [(each.place, each.path, each.value) for each in book.settings(tool, *names)]


def one(book: Book, tool: str, name: str) -> Setting:
    (found,) = book.settings(tool, name)
    return found


def test_nginx_is_read_with_sections_lines_quotes_and_lua() -> None:
    book = Book()
    book.add(
        "nginx",
        "n.conf",
        'http {\n  server {\n    add_header X-A "a; } b"; # c\n    location /x { content_by_lua_block { return "}" } }\n'
        "    listen 443\n      ssl;\n  }\n}\n",
    )
    assert told(book, "nginx", "add_header", "listen") == [
        ("n.conf:3", ("http", "server"), ("X-A", "a; } b")),
        ("n.conf:5", ("http", "server"), ("443", "ssl")),
    ]
    assert one(book, "nginx", "content_by_lua_block").path == ("http", "server", "location /x")


def test_what_nginx_includes_stands_where_the_directive_does() -> None:
    def include(asking: str, pattern: str) -> list[tuple[str, str]] | None:
        return [("tls.conf", "ssl_protocols TLSv1.3;\n")] if pattern == "tls.conf" else None

    book = Book()
    book.add(
        "nginx",
        "n.conf",
        "server {\n include tls.conf;\n include /etc/elsewhere.conf; include mime.types; }\n",
        include,
    )
    assert told(book, "nginx", "ssl_protocols") == [("tls.conf:1", ("server",), ("TLSv1.3",))]
    assert book.missing == {"n.conf": ("/etc/elsewhere.conf",)}
    assert book.roots("nginx")[0].blocks[0].uncertain


def test_an_include_of_itself_ends() -> None:
    book = Book()
    book.add("nginx", "n.conf", "server { include n.conf; }", lambda *_: [("n.conf", "location / { include n.conf; }")])
    assert len(book.missing["n.conf"]) == 1


@pytest.mark.parametrize(
    ("tool", "text"),
    [
        ("nginx", "server { listen 80;"),
        ("nginx", "server { listen 80 }"),
        ("nginx", "}"),
        ("nginx", "server { listen {{ port }}; }"),
        ("nginx", "a{" * 3000 + "}" * 3000),
        ("nginx", "# " + "x" * 1_000_001),
        ("apache", "<VirtualHost *:80>\nServerName a\n"),
        ("apache", "</VirtualHost>"),
        ("apache", "<IfModule a>\n" * 100),
        ("haproxy", "just text"),
    ],
)
def test_what_is_no_configuration_is_said_to_be_none(tool: str, text: str) -> None:
    book = Book()
    book.add(tool, "x.conf", text)
    assert book.broken["x.conf"]
    assert list(book.settings(tool)) == []


def test_apache_is_read_with_sections_continued_lines_and_definitions() -> None:
    book = Book()
    book.add(
        "apache",
        "a.conf",
        'Define docroot /srv/www\n<VirtualHost *:443>\n  # c\n  Header always set X-A \\\n    "b c"\n'
        "  <Directory ${docroot}>\n    OPTIONS -Indexes\n  </Directory>\n  DocumentRoot ${unknown}/x\n</VirtualHost>\n",
    )
    assert told(book, "apache", "header", "options") == [
        ("a.conf:4", ("virtualhost *:443",), ("always", "set", "X-A", "b c")),
        ("a.conf:7", ("virtualhost *:443", "directory /srv/www"), ("-Indexes",)),
    ]
    assert one(book, "apache", "documentroot").unresolved == ("unknown",)


def test_haproxy_is_read_by_section() -> None:
    book = Book()
    book.add("haproxy", "h.cfg", 'global\n  maxconn 10 # c\nfrontend api\n  bind :443 ssl crt "$CERT"\n')
    assert told(book, "haproxy") == [
        ("h.cfg:2", ("global",), ("10",)),
        ("h.cfg:4", ("frontend api",), (":443", "ssl", "crt", "$CERT")),
    ]


def test_a_directive_holds_in_the_sections_inside_unless_they_have_their_own() -> None:
    book = Book()
    book.add("nginx", "n.conf", "http { ssl_protocols TLSv1.2; server { } server { ssl_protocols TLSv1.3; } }")
    first, second = book.roots("nginx")[0].blocks[0].blocks
    assert [each.value for each in first.effective("ssl_protocols")] == [("TLSv1.2",)]
    assert [each.value for each in second.effective("ssl_protocols")] == [("TLSv1.3",)]
