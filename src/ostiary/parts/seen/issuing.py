"""Replies that hand out tokens, as the document declares them: what they say of the token's life."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ostiary.model import Api, Operation
from ostiary.parts.seen.fields import resolve, schema_for
from ostiary.parts.seen.owners import spelt

_ACCESS: Final = frozenset({"access_token", "accesstoken", "auth_token", "id_token", "jwt", "token"})
_EXPIRES: Final = frozenset({"expires_in", "expires", "expires_at", "expiry", "exp", "access_token_expires_in"})
_MOST_DEEP: Final = 3


class TokenReply(NamedTuple):
    """One operation whose reply hands out an access token."""

    operation: Operation
    pointer: str
    expires: bool  # whether it says how long the token lives
    lasts: int | None  # seconds, where the document names a number


def token_replies(api: Api) -> list[TokenReply]:
    """Operations that answer POST, PUT or GET with an access token."""
    found = []
    for operation in api.operations:
        schema = schema_for(operation, 200) or schema_for(operation, 201)
        if schema is None or not operation.declared:
            continue
        for members in _objects(schema.fragment, schema.root, 0):
            if _ACCESS & members.keys():
                said = next((members[name] for name in sorted(_EXPIRES & members.keys())), None)
                lasts = _seconds(members["expires_in"]) if "expires_in" in members else None
                found.append(TokenReply(operation, schema.pointer or operation.pointer, said is not None, lasts))
                break
    return found


def _objects(schema: Any, root: Mapping[str, Any], depth: int) -> list[dict[str, Any]]:
    """The members of a reply's object, and of those inside (an envelope), by name as `spelt`."""
    schema = resolve(schema, root)
    if not isinstance(schema, Mapping) or depth > _MOST_DEEP:
        return []
    properties = schema.get("properties")
    members = {
        spelt(str(name)): resolve(each, root)
        for name, each in (properties if isinstance(properties, Mapping) else {}).items()
    }
    found = [members] if members else []
    parts = [each for key in ("allOf", "anyOf", "oneOf") for each in schema.get(key, ()) or ()]
    for each in (*parts, *members.values()):
        found += _objects(each, root, depth + 1)
    return found


def _seconds(schema: Any) -> int | None:
    """The largest number that a schema of seconds names."""
    if not isinstance(schema, Mapping):
        return None
    examples = schema.get("examples")
    listed = [*(examples if isinstance(examples, list) else ()), *(schema.get("enum") or ())]
    named = [schema.get(key) for key in ("const", "maximum", "default", "example")] + listed
    numbers = [int(each) for each in named if isinstance(each, (int, float)) and not isinstance(each, bool)]
    return max(numbers, default=None)
