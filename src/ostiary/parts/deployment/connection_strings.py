"""Connection strings and passwords of data stores in settings of applications: empty ones, and those everybody tries first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from ostiary.evidence.deployment import Deployment, Unknown
from ostiary.parts.deployment.common_passwords import is_common
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.published import is_loopback
from ostiary.verdict import Severity

_URL: Final = re.compile(
    r"\b(?P<scheme>(?:postgres(?:ql)?|mysql|mariadb|mongodb|redis|rediss|amqps?|mssql|cockroachdb|clickhouse|jdbc:\w+|"
    r"couchdb)(?:\+\w+)?)://(?:(?P<user>[^\s:/@'\"<>{}$]{0,100}):(?P<password>[^\s/@'\"<>]{0,200})@)(?P<host>[^\s/:'\"?,]{1,200})"
)
_NAME: Final = re.compile(
    r"(?:^|[._-])(?:postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|redis|db|database|datasource|rabbitmq|sql|pg)"
    r"(?:[._-]?\w{0,20}){0,4}?[._-]?(?:password|passwd|pass|pwd)$",
    re.IGNORECASE,
)
_VARIABLE: Final = re.compile(r"[$%{]")
_USERS: Final = frozenset(["user", "username", "usr", "login", "name", "dbuser", "db_user", "me"])
_PASSWORDS: Final = frozenset(
    ["password", "pass", "passwd", "pwd", "pw", "secret", "dbpass", "db_password", "mypassword"]
)
_HOSTS: Final = frozenset(["host", "hostname", "server", "dbhost", "db_host", "myhost", "address", "ip"])
_SNAKE: Final = re.compile(r"([a-z0-9])([A-Z])")
_NO_AUTH: Final = re.compile(
    r"(?:^|\.)(?:redis|mongodb?|elasticsearch|valkey|rabbitmq)(?:-\w+)?\.(?:\w+\.)?(?:auth|security)\.enabled$"
)
MOST: Final = 2_000  # characters of a text


def settings(deployment: Deployment) -> Opinion:
    """What ``.env`` files and Spring's settings say."""
    opinion = Opinion()
    for tool in ("env", "spring"):
        for each in deployment.settings(tool):
            if isinstance(each.value, Unknown):
                if _NAME.search(each.name):
                    opinion.undecided(each.place, f"{each.name} rests on {', '.join(each.value.names)}", extract="")
                continue
            text = str(each.value) if each.value is not None else ""
            if each.path and set(each.path) <= {"dev", "development", "local", "test"}:
                continue
            for found in in_text(text):
                _told(opinion, each.place, f"a connection string ({each.name})", found[0], found[1], found[2])
            if _NAME.search(each.name) and each.value is not None and not _embedded(each.inside):
                _named(opinion, each.place, each.name, text)
    return opinion


def values(deployment: Deployment) -> Opinion:
    """What charts of Helm give data stores unless somebody says otherwise."""
    opinion = Opinion()
    for each in deployment.settings("helm"):
        name = ".".join((*each.path, each.name))
        if each.name == "enabled" and each.value is False and _NO_AUTH.search(name):
            opinion.fault(each.place, f"{name} is false: the store asks nobody for a password", severity=Severity.HIGH)
        elif isinstance(each.value, str) and each.value and _NAME.search(_SNAKE.sub(r"\1_\2", name)):
            _named(opinion, each.place, name, each.value)
    return opinion


def _embedded(inside: Mapping[str, Any]) -> bool:
    """Whether the store is part of the application, which has no door of its own."""
    return any(re.search(r"jdbc:(?:h2|sqlite|hsqldb|derby)", str(each)) for each in inside.values())


def in_text(text: str) -> list[tuple[str, str, str]]:
    """User, password and host of each connection string with a user or password in it."""
    return [
        (unquote(found["user"]), unquote(found["password"]), found["host"])
        for found in _URL.finditer(text[:MOST])
        if not _VARIABLE.search(found["password"]) and not _is_form(found)
    ]


def _is_form(found: re.Match[str]) -> bool:
    """Whether it only shows how such a string is written: ``user:password@host``."""
    host = found["host"].lower()
    words = found["user"].lower() in _USERS and found["password"].lower() in _PASSWORDS
    return (words and host in _HOSTS) or host.endswith(("example.com", "example.org", ".invalid", ".example"))


def judge_text(opinion: Opinion, place: str, text: str) -> None:
    """Say of every connection string in a text whether its password is one that everybody tries first."""
    for user, password, host in in_text(text):
        _told(opinion, place, "a connection string", user, password, host)


def judge_pair(opinion: Opinion, place: str, user: str, password: str, host: str) -> None:
    """Say the same of a connection's arguments."""
    _told(opinion, place, "a connection", user, password, host)


def _told(opinion: Opinion, place: str, what: str, user: str, password: str, host: str) -> None:  # noqa: PLR0917 - the parts of a connection
    near = is_loopback(host)
    shown = f"{user}:***@{host}" if password else f"{user}:@{host}"
    if is_common(password, user):
        how = "without a password" if not password else "with a password that everybody tries first"
        grade = Severity.MEDIUM if near else Severity.CRITICAL
        opinion.fault(place, f"{what} signs in {how}", severity=grade, extract=shown)
    else:
        opinion.good(place, f"{what} has a password of its own", extract=shown)


def _named(opinion: Opinion, place: str, name: str, value: str) -> None:
    if _VARIABLE.search(value) or value.startswith(("/run/secrets", "ENC(")):
        return
    if not value:
        opinion.undecided(place, f"{name} is empty here", extract=f"{name}=")
    elif is_common(value):
        opinion.fault(
            place, f"{name} is a password that everybody tries first", severity=Severity.HIGH, extract=f"{name}=***"
        )
    else:
        opinion.good(place, f"{name} is none of those everybody tries", extract=f"{name}=***")
