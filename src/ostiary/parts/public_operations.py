"""An operation is open to strangers when the policy lists it by hand and the document does not object."""

from __future__ import annotations

import difflib
import enum
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ostiary.errors import ConfigError
from ostiary.model import Api, Operation, Site

_NAME = re.compile(r"\{[^{}/]*\}")
_BELOW = "/*"


class Said(enum.Enum):
    """What a document says of who may call an operation."""

    NOTHING = "says nothing"
    OPEN = "open"  # security: []
    OPTIONAL = "optional"  # one alternative is empty
    KEY = "a key in the Authorization header"  # which is where tokens are sent, too
    OTHERWISE = "otherwise"  # one alternative asks for something else than a token: a key, a cookie, a certificate
    CLOSED = "closed"


def said_of(operation: Operation, api: Api | None) -> Said:
    """What the document says of an operation (OpenAPI 3.1, "Security Requirement Object")."""
    security = operation.security
    if security is None:
        return Said.NOTHING
    if not any(security):
        return Said.OPEN
    if not all(security):
        return Said.OPTIONAL
    schemes = api.security_schemes if api is not None else {}
    if all(any(_may_be_token(schemes.get(name, {})) for name in each) for each in security) and not all(
        any(_is_token(schemes.get(name, {})) for name in each) for each in security
    ):
        return Said.KEY
    if any(not any(_is_token(schemes.get(name, {})) for name in each) for each in security):
        return Said.OTHERWISE
    return Said.CLOSED


def _is_token(scheme: Mapping[str, Any]) -> bool:
    """Whether a scheme asks for a token in the Authorization header; one that the document does not explain may."""
    if scheme.get("type") == "http":
        return str(scheme.get("scheme", "")).lower() in {"bearer", "dpop"}
    return scheme.get("type") not in {"apiKey", "basic", "mutualTLS"}


def _may_be_token(scheme: Mapping[str, Any]) -> bool:
    """As `_is_token`, or a key in the very header field: how documents describe ``Authorization: Token ..``."""
    named = str(scheme.get("name", "")).lower()
    return _is_token(scheme) or (scheme.get("type"), scheme.get("in"), named) == ("apiKey", "header", "authorization")


class PublicOperations:
    """The operations that a policy lists as public.

    :param entries: ``"GET /health"`` as in the document, or ``"GET /docs/*"`` for everything below a path.
    :param where: the setting, for messages.
    :param optional: entries for which the document may demand a caller.
    :raises ConfigError: for an entry that is none, that the document does not have, or for which it demands a caller.
    """

    def __init__(self, entries: Iterable[str], site: Site, where: str, *, optional: Iterable[str] = ()) -> None:
        self._exact: set[str] = set()
        self._below: list[tuple[str, str]] = []  # method, path up to and with the last slash
        self._documented = site.api is not None
        asked = [(entry, True) for entry in entries] + [(entry, False) for entry in optional]
        for entry, agreed in asked:
            self._read(entry, where)
            opened = [each for each in site.operations if _fits(entry, each)]
            if self._documented and not opened:
                raise ConfigError(where, f"no operation is {entry!r}", _hint(entry, site.operations))
            for each in opened:
                if agreed and said_of(each, site.api) is Said.CLOSED:
                    problem = f"{entry!r} opens {each.key}, for which the document demands a token"
                    raise ConfigError(
                        where,
                        problem,
                        "take it off the list, list it under optional, or say security: [] in the document",
                    )

    def _read(self, entry: str, where: str) -> None:
        method, _, path = entry.partition(" ")
        plain = path.removesuffix(_BELOW)
        if not method.isalpha() or not method.isupper() or not path.startswith("/") or "*" in plain or " " in plain:
            raise ConfigError(where, f'{entry!r} is not "METHOD /path"', 'as in "GET /health" or "GET /docs/*"')
        if not plain:
            raise ConfigError(
                where, f"{entry!r} opens everything", "list the operations, or the paths below which all are"
            )
        if plain != path:
            self._below.append((method, _plain(plain) + "/"))
        else:
            self._exact.add(f"{method} {_plain(path)}")

    def __contains__(self, operation: Operation) -> bool:
        """Whether an operation is public; what stands for a path's undeclared methods is when all declared ones are."""
        if operation.declared:
            return self._has(operation.method, _plain(operation.path))
        if not operation.known_path or not operation.methods:
            return False
        return all(self._has(method, _plain(operation.path)) for method in operation.methods)

    def serves(self, method: str, path: str) -> bool:
        """Whether a request is public that no operation stands for; never where a document says what there is."""
        return not self._documented and self._has("GET" if method == "HEAD" else method, path)

    def _has(self, method: str, path: str) -> bool:
        return f"{method} {path}" in self._exact or any(
            method == own and path.startswith(start) for own, start in self._below
        )


def _plain(path: str) -> str:
    return _NAME.sub("{}", path)


def _fits(entry: str, operation: Operation) -> bool:
    method, _, path = entry.partition(" ")
    if method != operation.method:
        return False
    if path.endswith(_BELOW):
        return _plain(operation.path).startswith(_plain(path[:-1]))
    return _plain(path) == _plain(operation.path)


def _hint(entry: str, operations: Iterable[Operation]) -> str:
    near = difflib.get_close_matches(entry, sorted(each.key for each in operations), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else "write METHOD and path as the document does, or name it in also"
