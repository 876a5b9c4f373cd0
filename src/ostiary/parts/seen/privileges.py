"""Operations that are for few, as an outsider recognises them: by a segment of the path, a tag, or a role that they name."""

from __future__ import annotations

import re
from typing import Any, Final

from ostiary.model import Operation
from ostiary.parts.seen.fields import taken_by

_AREAS: Final = frozenset(
    {"admin", "admins", "administration", "administrator", "_admin", "internal", "backoffice", "back-office", "superuser",
     "sudo", "staff", "actuator"}
)  # fmt: skip
_TAGS: Final = frozenset({"admin", "internal", "administration", "backoffice", "staff", "superuser"})
_RIGHT: Final = re.compile(
    r"(?:new|user)?roles?(?:ids?|names?)?|is(?:admin|superuser|staff)|admin|superuser|permissions?|groups?|privileges?"
)
_WHOSE: Final = re.compile(r"(?:target)?(?:user|account|member|person|employee)?(?:id|uuid|name|s)?|email|login")
_FOR_FEW: Final = re.compile(r"admin|superuser|staff|root|operator|manager|moderator|support|internal", re.IGNORECASE)


def is_privileged(operation: Operation) -> bool:
    """Whether an operation looks like one for administrators or for the house itself."""
    segments = {each.lower() for each in operation.path.split("/") if not each.startswith("{")}
    roles = roles_of(operation)
    return (
        bool(_AREAS & segments)
        or bool(_TAGS & {each.lower() for each in operation.tags})
        or (bool(roles) and all(_FOR_FEW.search(each) for each in roles))
    )


def roles_of(operation: Operation) -> list[str]:
    """The roles that a document writes beside an operation, in any of the usual extensions."""
    for name in ("x-roles", "x-required-roles", "x-role", "x-permissions", "x-required-permissions"):
        given: Any = operation.extensions.get(name)
        if given:
            return [str(each) for each in (given if isinstance(given, list) else [given])]
    return []


def role_fields(operation: Operation) -> list[str]:
    """The members by which an operation gives somebody rights, where it does little else: they and whoever gets them."""
    taken = taken_by(operation)
    rights = [each for each in taken if _RIGHT.fullmatch(re.sub(r"[^a-z]", "", each.lower()))]
    rest = [each for each in taken if each not in rights and not _WHOSE.fullmatch(re.sub(r"[^a-z]", "", each.lower()))]
    return sorted(rights) if rights and not rest else []


def scopes_of(operation: Operation) -> set[str]:
    """All scopes that an operation's security names."""
    return {scope for one in operation.security or () for scopes in one.values() for scope in scopes}
