"""Whose an object is, as the API itself tells it: by fields that name an owner, and by what it says of its callers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_OWNER: Final = re.compile(
    r"(?:owner|user|customer|account|member|patient|tenant|holder)(?:_?(?:id|uuid|guid))?|owner_?name"
    r"|belongs_?to|owned_?by"
)
_PERSONS: Final = frozenset(
    {
        "owner",
        "user",
        "author",
        "creator",
        "by",
        "seller",
        "uploader",
        "poster",
        "sender",
        "writer",
        "username",
        "email",
    }
)  # words of a field that tells who stands behind an object, its owner or not
_MOST: Final = 5000  # values of a document
_DEEPEST: Final = 8
_CASE: Final = re.compile(r"([a-z0-9])([A-Z])")
_SELF: Final = (
    "sub",
    "user_id",
    "userid",
    "uid",
    "id",
    "uuid",
    "username",
    "preferred_username",
    "email",
    "login",
    "name",
)
_PERSON: Final = frozenset({"user", "data", "profile", "account", "identity", "sub", "payload", "current_user"})
_PRIVILEGED: Final = re.compile(
    r"admin|superuser|root|staff|operator|office|manager|moderator|support|system", re.IGNORECASE
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)  # of a role: tells no rank
_DELEGATED: Final = frozenset({"scope", "scopes", "scp"})  # of a client: those that are missing say nothing of the user
_RIGHTS: Final = frozenset({"role", "roles", "is_admin", "isadmin", "is_superuser", "issuperuser", "is_staff", "admin", "admin_access", "scope", "scopes", "scp", "groups", "permissions", "authorities"})  # fmt: skip


def spelt(name: str) -> str:
    """A field's name in lower case with underscores."""
    return _CASE.sub(r"\1_\2", name).lower().replace("-", "_")


def names_owner(name: str) -> bool:
    """Whether a field of that name says whose the object is; authors and senders publish, and own nothing by that."""
    return _OWNER.fullmatch(spelt(name)) is not None


def names_self(name: str) -> bool:
    """Whether a claim or a member of a profile says who its user is; another may have the same value by chance."""
    return spelt(name) in _SELF


def names_somebody(document: Any) -> bool:
    """Whether an object tells who stands behind it: it is somebody's then, and else it may be everybody's."""
    return any(names_owner(name) or not _PERSONS.isdisjoint(spelt(name).split("_")) for name, _ in _members(document))


def owners_in(document: Any) -> set[str]:
    """The values of all fields that name an owner, and the ids in objects under such a name."""
    return {value for _, value in owner_fields(document)}


def owner_fields(document: Any) -> set[tuple[str, str]]:
    """The same with the fields' names: what one user's number is, is another thing's number elsewhere."""
    found = set()
    for name, value in _members(document):
        if not names_owner(name):
            continue
        inner = value.values() if isinstance(value, Mapping) else (value,)
        found |= {
            (spelt(name), str(each)) for each in inner if isinstance(each, (str, int)) and not isinstance(each, bool)
        }
    return {(name, value) for name, value in found if value.strip()}


def marks_of(told: Mapping[str, Any]) -> set[str]:
    """What identifies a caller, of the claims of a token or the profile that the API shows to its owner."""
    low = {spelt(str(key)): value for key, value in told.items()}
    found = {
        low[name] for name in _SELF if isinstance(low.get(name), (str, int)) and not isinstance(low.get(name), bool)
    }
    return {str(each) for each in found if str(each).strip()}


def persons_in(claims: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The claims of a token, and the user in them where he is an object of his own (``{"data": {"id": 7}}``)."""
    inner = [value for key, value in claims.items() if spelt(str(key)) in _PERSON and isinstance(value, Mapping)]
    return [claims, *inner]


def is_privileged(told: Mapping[str, Any]) -> bool | None:
    """Whether claims or a profile say that the caller is more than ordinary; None: they do not speak of it."""
    spoken = False
    for key, value in told.items():
        if spelt(str(key)) not in _RIGHTS:
            continue
        spoken = spoken or (spelt(str(key)) not in _DELEGATED and not _UUID.fullmatch(str(value)))
        if value is True or (not isinstance(value, bool) and _PRIVILEGED.search(str(value))):
            return True
    return False if spoken else None


def speaks_of_privilege(text: str) -> bool:
    """Whether a name (of a role, a credential) sounds like more than an ordinary caller."""
    return _PRIVILEGED.search(text) is not None


def leaves(document: Any) -> set[tuple[str, str]]:
    """Every (pointer, value) of a document, for comparing what two callers saw."""
    found: set[tuple[str, str]] = set()
    stack: list[tuple[str, Any]] = [("", document)]
    while stack and len(found) < _MOST:
        pointer, value = stack.pop()
        if isinstance(value, Mapping):
            stack += [(f"{pointer}/{key}", each) for key, each in value.items()]
        elif isinstance(value, list):
            stack += [(f"{pointer}/{at}", each) for at, each in enumerate(value)]
        else:
            found.add((pointer, repr(value)))
    return found


def _members(document: Any) -> Iterator[tuple[str, Any]]:
    stack: list[tuple[int, Any]] = [(0, document)]
    left = _MOST
    while stack and left:
        left -= 1
        depth, value = stack.pop()
        if depth > _DEEPEST:
            continue
        if isinstance(value, Mapping):
            yield from ((str(key), each) for key, each in value.items())
            stack += [(depth + 1, each) for each in value.values()]
        elif isinstance(value, list):
            stack += [(depth + 1, each) for each in value]
