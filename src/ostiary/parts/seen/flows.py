"""Requests around an account are filled in with what the account is made of: its name, its addresses, a code, a password."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import Operation
from ostiary.parts import role_fields as names
from ostiary.parts.role_fields import Field, fields_of
from ostiary.parts.role_words import squeezed

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_DEEPEST: Final = 4
_HOLE: Final = re.compile(r"\{([^{}]+)\}")
_ACCOUNT: Final = frozenset((*names.ACCOUNT, *names.DESTINATION))
_PASSWORDS: Final = names.PASSWORD | names.NEW_PASSWORD | names.REPEATED
_CODES: Final = names.CODE | names.BARE_CODE | names.TOKEN


def values_of(account: Account) -> dict[str, str]:
    """What an account was registered with, by the names of the fields without decoration; texts and numbers only."""
    return {squeezed(key): str(value) for key, value in _leaves(account.registered, 0)}


def _leaves(node: Any, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in node.items() if isinstance(node, Mapping) and depth < _DEEPEST else ():
        if isinstance(value, Mapping):
            yield from _leaves(value, depth + 1)
        elif isinstance(value, (str, int)) and not isinstance(value, bool) and str(value):
            yield str(key), value


def names_of(operation: Operation, account: Account) -> list[str]:
    """The texts by which a request of the operation names the account."""
    own = values_of(account)
    found = [_named(each, account, own) for each in fields_of(operation) if each.key in _ACCOUNT]
    return list(dict.fromkeys(each for each in found if each))


def _named(field: Field, account: Account, own: Mapping[str, str]) -> str:
    if field.key in own:
        return own[field.key]
    if "mail" in field.key or field.key in {"courriel", "correo", "epost", "eposta"}:
        return next((each for each in (account.user, *own.values()) if "@" in each), "")
    return account.user if field.key in names.ACCOUNT else ""


async def sent(
    http: Http,
    operation: Operation,
    account: Account,
    *,
    password: str = "",
    code: str = "",
    more: Mapping[str, str] | None = None,
    identity: str | None = None,
) -> Answer:
    """Send a request of an operation that is about this account.

    :param password: for every field that takes a new password; empty: the account's own.
    :param code: for the field that takes a code or a token.
    :param more: other values by the undecorated name of their field.
    :param identity: whose credentials go along; None: the account's own where the operation asks for some, else nobody's.
    :raises Unanswerable: when its body is of a kind that cannot be filled in.
    """
    own = values_of(account)
    texts: dict[Field, str] = {}
    for each in fields_of(operation):
        names_us = each.place == "path" and each.key in _ACCOUNT  # whose it is does not change with what is sent
        value = "" if names_us else (more or {}).get(each.key, "")
        if not value and each.key in _ACCOUNT:
            value = _named(each, account, own)
        elif not value and each.key in _PASSWORDS:
            value = password or account.password
        elif not value and each.key in names.CURRENT:
            value = account.password
        elif not value and each.key in _CODES and code:
            value = code
        value = value or own.get(each.key, "")
        if value:
            texts[each] = value
    who = identity if identity is not None else account.name if operation.security else ""
    return await http.send_to(
        operation, target=_target(http, operation, texts), identity=who, fresh=True, **_body(http, operation, texts)
    )


def _filled(segment: str, holes: Mapping[str, str]) -> str:
    """A segment of a path with its parameters filled in, also where something stands beside them: ``v{version}``."""
    return _HOLE.sub(lambda hole: quote(holes[hole[1]], safe="@"), segment)


def _target(http: Http, operation: Operation, texts: Mapping[Field, str]) -> str:
    path, mark, query = http.target_of(operation).partition("?")
    holes = {each.path[0]: value for each, value in texts.items() if each.place == "path"}
    parts = zip(operation.path.split("/"), path.split("/"), strict=False)
    path = "/".join(
        _filled(a, holes) if (named := _HOLE.findall(a)) and {*named} <= holes.keys() else b for a, b in parts
    )
    asked = {each.path[0]: value for each, value in texts.items() if each.place == "query"}
    if asked:
        given = dict(parse_qsl(query, keep_blank_values=True))
        mark, query = "?", urlencode({**given, **asked})
    return f"{path}{mark}{query}"


def _body(http: Http, operation: Operation, texts: Mapping[Field, str]) -> dict[str, Any]:
    inside = {each.path: value for each, value in texts.items() if each.place == "body"}
    made = http.body_of(operation)
    if made is None or not inside:
        return {}
    media, body = made
    if media.startswith(_FORM):
        given = dict(parse_qsl(body.decode(), keep_blank_values=True))
        filled = urlencode({**given, **{path[-1]: value for path, value in inside.items()}}).encode()
        return {"body": filled, "headers": [("Content-Type", media)]}
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Unanswerable(f"{operation.key} takes {media}, which cannot be filled in")
    for path, value in inside.items():
        _set(document, path, value)
    return {"body": json.dumps(document, separators=(",", ":")).encode(), "headers": [("Content-Type", media)]}


def _set(document: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    at = document
    for name in path[:-1]:
        inner = at.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        at = inner
    old = at.get(path[-1])
    number = isinstance(old, int) and not isinstance(old, bool) and value.isascii() and value.isdigit()
    at[path[-1]] = int(value) if number else value
