"""Passwords in addresses: connection strings, proxies, clones of repositories, curl's ``-u``, and webhooks that are secrets themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from ostiary.parts.secrets.known import is_lookup, is_placeholder, is_weak
from ostiary.parts.secrets.listing import listed
from ostiary.parts.secrets.values import bits

_USERINFO: Final = re.compile(
    r"://(?P<user>[^\s:/@'\"<>`,;()]{0,100}):(?P<password>[^\s/@'\"<>`,;]{0,200})@(?P<host>[^\s/'\"<>:?#`,;)]{1,200})"
)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,30}$")
STORES: Final = frozenset(
    listed(
        "postgres postgresql mysql mariadb mongodb redis rediss amqp amqps clickhouse mssql sqlserver oracle cassandra couchbase couchdb neo4j bolt "
        "memcached influxdb cockroachdb kafka ldap ldaps smtp smtps nats elasticsearch jdbc"
    )
)
_LOCAL: Final = re.compile(
    r"(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1\]|host\.docker\.internal)$", re.IGNORECASE
)
_NO_HOST: Final = re.compile(r"^(?:example\.(?:com|org|net)|.*\.example(?:\.com|\.org|\.net)?|.*\.(?:test|invalid)|host(?:name)?|server|your.*|my-?host.*|domain(?:\.com)?|foo.*|bar.*|some.*)$", re.IGNORECASE)  # fmt: skip
_WORDS: Final = frozenset(
    listed("pass password passwd pwd pw secret user username name token key port host db p x y z a b c foo bar xxx")
)
_CURL: Final = re.compile(
    r"\bcurl\b[^\n|;]{0,200}?\s(?:-u|--user)[ =]?[\"']?(?P<user>[\w.@-]{1,60}):(?P<password>[^\s\"'$<>{}]{4,100})"
)
_HOOKS: Final = (
    ("slack-webhook", "Slack webhook", "hooks.slack.com/", re.compile(r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9_/+]{24,90}")),
    ("discord-webhook", "Discord webhook", "/api/webhooks/", re.compile(r"discord(?:app)?\.com/api/webhooks/\d{17,20}/[A-Za-z0-9_-]{60,72}")),
    ("teams-webhook", "Microsoft Teams webhook", "webhook.office.com", re.compile(r"[A-Za-z0-9-]{1,60}\.webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f-]{36}")),
    ("zapier-webhook", "Zapier webhook", "hooks.zapier.com", re.compile(r"hooks\.zapier\.com/hooks/catch/\d{4,12}/[a-z0-9]{6,12}")),
    ("azure-signature", "Azure shared access signature", "sig=", re.compile(r"(?:sv|se|sp|spr|st|sr)=[^\s\"'<>]{1,300}?&(?:amp;)?sig=[A-Za-z0-9%+/]{40,90}(?:%3D|=){0,2}")),
    ("azure-connection-key", "key in an Azure connection string", "AccountKey=", re.compile(r"AccountKey=[A-Za-z0-9+/]{60,88}={1,2}")),
    ("azure-connection-key", "key in an Azure connection string", "SharedAccessKey=", re.compile(r"SharedAccessKey=[A-Za-z0-9+/]{40,60}=")),
    ("google-refresh-token", "Google OAuth refresh token", "1//0", re.compile(r"1//0[A-Za-z0-9_-]{60,120}")),
)  # fmt: skip


_PICTURE: Final = re.compile(r"X{5}|x{5}|0{8}|EXAMPLE|your")
_MOST: Final = 500  # addresses of one kind that are looked at in a text


class Link(NamedTuple):
    """A secret in an address; ``local``: of this machine, as in development; ``store``: of a database or queue."""

    kind: str
    title: str
    value: str
    start: int
    certain: bool
    weak: bool = False
    begin: int = 0


def links(text: str, lowered: str) -> Iterator[Link]:
    """Every such address in a text."""
    if "@" in text:
        for found in _USERINFO.finditer(text):
            link = _of_userinfo(text, found)
            if link is not None:
                yield link
    if "curl" in lowered:
        for found in _CURL.finditer(text):
            password = found["password"]
            if not is_placeholder(password) and password.lower() not in _WORDS:
                yield Link(
                    "curl-password",
                    "password on a command line",
                    password,
                    found.start("password"),
                    not is_weak(password),
                    is_weak(password),
                )
    for kind, title, anchor, pattern in _HOOKS:
        done = 0
        for at in islice(places_of(text, anchor), _MOST):
            match = pattern.search(text, max(0, at - 320), at + 320) if at >= done else None
            if match and bits(match[0]) > 3.5 and not _PICTURE.search(match[0]):  # noqa: PLR2004 - of a real one over 4
                done = match.end()
                begin = len(anchor) if match[0].startswith(anchor) else 12
                yield Link(kind, title, match[0], match.start(), certain=True, begin=begin)


def places_of(text: str, what: str) -> Iterator[int]:
    """Where a word stands in a text."""
    at = text.find(what)
    while at >= 0:
        yield at
        at = text.find(what, at + len(what))


def _of_userinfo(text: str, found: re.Match[str]) -> Link | None:
    named = _SCHEME.search(text, max(0, found.start() - 32), found.start())
    scheme = named[0].lower().rpartition(":")[2].partition("+")[0] if named else ""
    password, user, host = found["password"], found["user"], found["host"]
    store = scheme in STORES
    if _is_template(password) or _NO_HOST.match(host) or (not store and not password):
        return None
    start = found.start("password")
    if store and (not password or password.lower() == user.lower() or is_weak(password)):
        if password.lower() in {"pass", "pwd", "passwd", "secret", "password"} and user.lower() in _WORDS | {
            "username",
            "user",
            "dbuser",
        }:
            return None if not _LOCAL.match(host) and "." not in host else _default(password, start)
        return _default(password, start)
    if password.lower() in _WORDS or is_placeholder(password) or is_weak(password) or len(password) < 4:  # noqa: PLR2004 - "u:p@"
        return None
    local = _LOCAL.match(host) is not None or (password.isalpha() and len(password) < 10)  # noqa: PLR2004 - a word, as manuals have
    return Link(
        "connection-password",
        f"password in a connection string ({scheme or 'URL'})",
        password,
        start,
        not local,
        weak=local,
    )


def _default(password: str, start: int) -> Link:
    return Link(
        "default-connection-password",
        "connection string with an empty or default password",
        password,
        start,
        certain=False,
        weak=True,
    )


def _is_template(value: str) -> bool:
    return (bool(re.search(r"[${}<>%]|\*{2}|\.{3}", value)) and not re.search(r"%[0-9A-Fa-f]{2}", value)) or is_lookup(
        value
    )
