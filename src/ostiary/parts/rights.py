"""What every operation of a policy asks of its caller is known in one place: whether a refusal may say 403 depends on it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from ostiary.errors import ConfigError, Denied
from ostiary.model import Operation, Principal, Site

ANYBODY: Final = "*"  # as a role: every caller who is somebody
NOTHING_HERE: Final = "nothing is here"  # word for word what an unknown path is told
_TOKEN: Final = re.compile(r"[!#-\[\]-~]+")  # RFC 6749 section 3.3
_BEARER: Final = {"www-authenticate": "Bearer"}
_NAME: Final = re.compile(r"\{[^{}/]+\}")
_OPERATION: Final = 3  # slashes in a pointer such as /paths/~1orders/get
_LONGEST_CHALLENGE: Final = 512  # characters of scopes named in a refusal


class Alternative(NamedTuple):
    """Scopes that are needed together, and names that may be held as scopes or as roles (OpenAPI 3.1, bearer schemes)."""

    scopes: frozenset[str]
    names: frozenset[str] = frozenset()


class Asked(NamedTuple):
    """Alternatives, any of which will do; none: no scope is needed.

    ``strangers``: a caller without a token may have come by another way (an API key, a certificate) that the document
    declares beside.
    """

    alternatives: tuple[Alternative, ...] = ()
    strangers: bool = False


NOTHING_ASKED: Final = Asked()


class Need:
    """What one operation asks. It fills up while the policy is compiled, and is read when requests come."""

    __slots__ = ("asked", "privileged", "roles")

    def __init__(self) -> None:
        self.roles: frozenset[str] = frozenset()
        self.asked: Asked = NOTHING_ASKED
        self.privileged = False  # nobody may call it for whom nothing was declared

    @property
    def declared(self) -> bool:
        """Whether anybody said who may call it."""
        return bool(self.roles or self.asked.alternatives)

    def has_role(self, principal: Principal) -> bool:
        """Whether the caller has one of the roles, or none is asked for."""
        roles = self.roles
        return not roles or not roles.isdisjoint(principal.roles) or ANYBODY in roles


class Rights:
    """The needs of all operations of a policy, and the ceilings of its clients."""

    def __init__(self) -> None:
        self._needs: dict[str, dict[str, Need]] = {}
        self._ceilings: dict[str, frozenset[str]] | None = None

    def need(self, operation: Operation) -> Need:
        """The need of an operation; an empty one when it was not asked for before."""
        return self._needs.setdefault(_shape(operation), {}).setdefault(operation.method, Need())

    def beside(self, operation: Operation) -> Mapping[str, Need]:
        """The needs of all methods on the operation's path."""
        return self._needs.setdefault(_shape(operation), {})

    def cap(self, ceilings: Mapping[str, tuple[str, ...]], where: str) -> None:
        """Let these clients have no other scopes than these; the name ``*`` stands for all clients that are not named.

        :raises ConfigError: when other ceilings are in force already.
        """
        found = {client: frozenset(scopes) for client, scopes in ceilings.items()}
        if self._ceilings is not None and self._ceilings != found:
            raise ConfigError(
                where, "is for the whole policy, not for one operation", "write it in the control's table"
            )
        self._ceilings = found

    def scopes(self, principal: Principal) -> frozenset[str]:
        """The scopes that a caller may use: the token's, within the ceiling of its client."""
        ceilings = self._ceilings
        if not ceilings:
            return principal.scopes
        ceiling = ceilings.get(principal.client)
        if ceiling is None:
            ceiling = ceilings.get(ANYBODY)
        return principal.scopes if ceiling is None else principal.scopes & ceiling

    def has_scopes(self, asked: Asked, principal: Principal) -> bool:
        """Whether the caller has all scopes of one of the alternatives, or none is asked for."""
        if not asked.alternatives:
            return True
        held = self.scopes(principal)
        for scopes, names in asked.alternatives:
            if scopes <= held and (not names or names <= held | principal.roles):
                return True
        return False

    def may(self, need: Need, principal: Principal) -> bool:
        """Whether the caller may call an operation with this need."""
        if need.privileged and not need.declared:
            return False
        return need.has_role(principal) and self.has_scopes(need.asked, principal)

    def may_any(self, needs: Iterable[Need], principal: Principal) -> bool:
        """Whether the caller may call some operation of a path, and so knows that the path exists."""
        return any(self.may(need, principal) for need in needs)


@functools.lru_cache(maxsize=64)
def rights_of(site: Site) -> Rights:
    """The rights of a policy; whoever compiles it shares them."""
    del site  # it is the key
    return Rights()


def _shape(operation: Operation) -> str:
    return _NAME.sub("{}", operation.path)


def marked(operation: Operation, site: Site, name: str) -> tuple[str, ...]:
    """What an extension of an operation says, or else the same one of its path: a text, or a list of them."""
    said = operation.extensions.get(name)
    if said is None and site.api is not None and operation.pointer.count("/") == _OPERATION:
        path = operation.pointer.split("/")[2].replace("~1", "/").replace("~0", "~")
        item = site.api.document.get("paths", {}).get(path)
        said = item.get(name) if isinstance(item, Mapping) else None
    if isinstance(said, str):
        return (said,)
    return tuple(str(each) for each in said) if isinstance(said, list | tuple) else ()


def asked_by_document(operation: Operation, site: Site) -> Asked:
    """What the ``security`` of an operation says of scopes (OpenAPI, Security Requirement Object).

    A requirement that names a token without scopes, or nothing at all, can be met by every token, so no scope is needed.
    """
    schemes = site.api.security_schemes if site.api is not None else {}
    found = []
    strangers = False
    for requirement in operation.security or ():
        if not requirement:
            return NOTHING_ASKED
        scopes: set[str] = set()
        names: set[str] = set()
        token = False
        for scheme, wanted in requirement.items():
            kind = _kind(schemes.get(scheme, {}))
            token = token or bool(kind)
            (scopes if kind == "oauth" else names).update(wanted if kind else ())
        if token and not scopes and not names:
            return NOTHING_ASKED
        if token:
            found.append(Alternative(frozenset(scopes), frozenset(names)))
        else:
            strangers = True
    return Asked(tuple(found), strangers) if found else NOTHING_ASKED


def _kind(scheme: Mapping[str, Any]) -> str:
    """``oauth`` and ``bearer`` schemes are met by a token; all others are not ours to judge."""
    kind = scheme.get("type", "oauth2")  # not described: its scopes are taken for what they look like
    if kind in {"oauth2", "openIdConnect"}:
        return "oauth"
    return "bearer" if kind == "http" and str(scheme.get("scheme", "")).lower() == "bearer" else ""


def asked_by_policy(scopes: Iterable[str], others: Iterable[str], where: str) -> Asked:
    """What settings say: all of `scopes`, or else all scopes in one of the texts of `others`.

    :raises ConfigError: when one of them cannot be a scope.
    """
    groups = [list(scopes), *(each.split() for each in others)]
    for scope in (scope for group in groups for scope in group):
        if _TOKEN.fullmatch(scope) is None:
            raise ConfigError(where, f"{scope!r} is not a scope", "RFC 6749 section 3.3: visible ASCII without quotes")
    return Asked(tuple(Alternative(frozenset(group)) for group in groups if group))


def anonymous() -> Denied:
    """The refusal of somebody who has to say who he is first (RFC 6750 section 3)."""
    return Denied(401, "this operation needs a token", _BEARER)


def insufficient(asked: Asked) -> Denied:
    """The refusal of a token whose scopes do not suffice; names the first alternative (RFC 6750 section 3.1)."""
    wanted = sorted(asked.alternatives[0].scopes) if asked.alternatives else []
    text = " ".join(wanted)
    challenge = 'Bearer error="insufficient_scope"'
    if wanted and len(text) <= _LONGEST_CHALLENGE and all(map(_TOKEN.fullmatch, wanted)):
        challenge += f', scope="{text}"'
    return Denied(403, "the token's scopes do not cover this operation", {"www-authenticate": challenge})


def nothing_here() -> Denied:
    """The refusal that tells nobody whether there is something."""
    return Denied(404, NOTHING_HERE)
