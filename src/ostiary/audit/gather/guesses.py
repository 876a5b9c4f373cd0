"""What APIs usually call things, for where nothing says it: bounded lists, and the fields that such paths usually take."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

ENOUGH: Final = 6  # places found by links alone: then nothing needs to be guessed
ROOTS: Final = ("", "/api", "/api/v1", "/v1", "/api/v2", "/v2")
MOST_ROOTS: Final = 2
FIRST: Final = ("users", "me", "login", "items", "products", "posts", "books", "health")
NAMES: Final = (
    "user", "accounts", "account", "profile", "register", "signup", "auth", "auth/login", "auth/register", "token",
    "orders", "order", "articles", "comments", "customers", "messages", "files", "documents", "notes", "tasks", "todos",
    "projects", "teams", "categories", "tags", "carts", "cart", "payments", "invoices", "transactions", "events",
    "search", "status", "version", "info", "admin", "users/me", "users/login", "users/register", "session", "sessions",
)  # fmt: skip
_LOGIN: Final = re.compile(r"/(?:log-?in|sign-?in|token|sessions?|authenticate|auth)/?$", re.IGNORECASE)
_REGISTER: Final = re.compile(r"/(?:register|sign-?up|registration)/?$", re.IGNORECASE)
PEOPLE: Final = re.compile(r"/(?:users|accounts|customers|members)/?$", re.IGNORECASE)
_KINDS: Final = {"integer": "integer", "float": "number", "decimal": "number", "boolean": "boolean", "list": "array", "nested object": "object"}  # fmt: skip
_FORMS: Final = {"email": "email", "url": "uri", "date": "date", "datetime": "date-time", "time": "time"}


def body_of(path: str) -> Mapping[str, Any]:
    """What a path of that name usually takes; an object where nothing is usual."""
    joins = _REGISTER.search(path) or PEOPLE.search(path)
    names = ["username", "password"] if _LOGIN.search(path) else ["username", "email", "password"] if joins else []
    if not names:
        return {"type": "object"}
    properties = {each: {"type": "string", **({"format": each} if each != "username" else {})} for each in names}
    return {"type": "object", "properties": properties, "required": names}


def described(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of what Django REST framework's OPTIONS says of its fields."""
    properties: dict[str, Any] = {}
    required = []
    for name, told in fields.items():
        if not isinstance(told, Mapping) or told.get("read_only") is True:
            continue
        kind = str(told.get("type", ""))
        made: dict[str, Any] = {"type": _KINDS.get(kind, "string")}
        if kind in _FORMS:
            made["format"] = _FORMS[kind]
        for theirs, ours in (("max_length", "maxLength"), ("min_length", "minLength"), ("min_value", "minimum"), ("max_value", "maximum")):  # fmt: skip
            if isinstance(told.get(theirs), int):
                made[ours] = told[theirs]
        choices = told.get("choices")
        if isinstance(choices, list):
            made["enum"] = [each.get("value") for each in choices if isinstance(each, Mapping)]
        properties[str(name)] = made
        if told.get("required") is True:
            required.append(str(name))
    return {"type": "object", "properties": properties, "required": required}


def needing(names: Sequence[str], envelope: str = "") -> Mapping[str, Any]:
    """The schema of a body with these members, all of them needed; in an object of that name, where one is given."""
    properties = {
        each: {"type": "string", **({"format": each.lower()} if each.lower() in {"email", "password"} else {})}
        for each in names
    }
    inner = {"type": "object", "properties": properties, "required": list(names)}
    return {"type": "object", "properties": {envelope: inner}, "required": [envelope]} if envelope else inner


def envelopes(path: str) -> list[str]:
    """How an object may be called that a body is wrapped in: what the path is about, in the singular."""
    pieces = [each for each in path.lower().split("/") if each.isalpha() and each != "api"][-2:]
    return [each.removesuffix("s") for each in reversed(pieces)]
