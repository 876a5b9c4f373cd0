"""What a policy has to say, besides switching a control on, to close what was found: one function for each that needs more.

Where a control is missing here, its defaults close it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from ostiary.audit.knowledge import Knowledge
from ostiary.audit.result import Result
from ostiary.closing import ownership
from ostiary.closing.callers import Callers
from ostiary.model import Finding, Outcome
from ostiary.parts.roles import recognised

BY_CALLER: Final = frozenset(
    {
        "userdata.ownership-check",
        "beyond.bola-differential-test",
        "beyond.function-level-authorization",
        "processing.all-endpoints-authenticated",
        "processing.me-not-user-id",
        "oauth.scope-per-client",
        "mobile.no-server-to-server-calls",
    }
)  # need to know who calls
BY_KEY: Final = frozenset(
    {
        "jwt.algorithm-pinned",
        "jwt.verify-before-use",
        "jwt.strong-secret",
        "jwt.access-ttl-short",
        "beyond.jwt-claims-validated",
        "beyond.sender-constrained-tokens",
    }
)  # need to verify tokens themselves
# What keeps a control to the operations that it is told of.
ALONE: Final[Mapping[str, Mapping[str, Any]]] = {
    "beyond.function-level-authorization": {"privileged-paths": [], "privileged-tags": []}
}
_ROLES: Final = {"login", "otp-verify", "otp-send", "reset", "register"}  # that a policy can give
_HOST: Final = re.compile(r"https?:/\\?/([A-Za-z0-9.-]{1,253})")
_DOORS: Final = frozenset(
    {*_ROLES, "token", "authorize"}
)  # where nobody has a token yet, whatever the document demands
_NOBODY: Final = "nobody"  # a role that nobody has


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """Part of a policy, with keys as in ``ostiary.toml``.

    ``besides`` gives tables of other controls, by control and operation. ``instead`` names the control that closes it where it is another one. ``asks`` are questions for the operator;
    ``incomplete`` says why it does not close the finding, empty when it does.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    operations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    besides: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    instead: str = ""
    asks: tuple[str, ...] = ()
    incomplete: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One failed control, and all that may help."""

    result: Result
    known: Knowledge
    callers: Callers

    @property
    def failed(self) -> tuple[Finding, ...]:
        """Its failing answers."""
        return tuple(each for each in self.result.findings if each.outcome is Outcome.FAIL)

    @property
    def places(self) -> tuple[str, ...]:
        """The operations concerned that the document has."""
        declared = {each.key for each in self.known.api.operations} if self.known.api is not None else set()
        found = [place for each in self.failed for place in each.places]
        found += [seen.where for each in self.failed for seen in each.evidence]
        return tuple(dict.fromkeys(each for each in found if each in declared))

    def names(self, *facts: str) -> list[str]:
        """All texts under some names of the failing answers, sorted: fields, parameters."""
        return sorted({text for name in facts for each in self.facts(name) for text in _texts(each)})

    def by_operation(self, name: str) -> dict[str, list[str]]:
        """What the failing answers say of operations, where they say it by operation."""
        said = [each for each in self.facts(name) if isinstance(each, Mapping)]
        keys = dict.fromkeys(key for each in said for key in each)
        return {key: sorted({text for each in said if key in each for text in _texts(each[key])}) for key in keys}

    def facts(self, name: str) -> list[Any]:
        """What the failing answers say under one name, as one list without duplicates."""
        found: list[Any] = []
        for each in self.failed:
            said = each.facts.get(name)
            found += [one for one in (said if isinstance(said, (list, tuple)) else [said]) if one not in (None, *found)]
        return found


def _texts(said: Any) -> list[str]:
    """The texts in what a fact says, however it is arranged."""
    if isinstance(said, Mapping):
        return [text for each in said.values() for text in _texts(each)]
    if isinstance(said, (list, tuple)):
        return [text for each in said for text in _texts(each)]
    return [said] if isinstance(said, str) else []


def remedy(case: Case) -> Remedy:
    """What closes a case, as far as is known."""
    makes = _MAKES.get(case.result.id)
    return makes(case) if makes is not None else Remedy()


def _ownership(case: Case) -> Remedy:
    known, claims = case.known, case.callers.claims
    tables = ownership.rules(known, claims, case.places)
    for key in case.places:
        seen = next((each.seen for each in known.things if each.lists is not None and each.lists.key == key), None)
        lists = ownership.listed(known.lists.get(key), claims) if key not in tables and seen is not None else None
        if lists is not None:
            tables[key] = lists
    missing = [each for each in case.places if each not in tables]
    asks = [
        f'whose is the object of {each}? [operations."{each}".userdata.ownership-check] owner = ...' for each in missing
    ]
    return Remedy(
        operations=tables,
        instead="userdata.ownership-check",
        asks=tuple(asks),
        incomplete=_some(missing, case.places, "the objects do not name their owner in a way that was seen"),
    )


def _functions(case: Case) -> Remedy:
    tables = {each: {"roles": [_NOBODY]} for each in case.places}
    asks = tuple(f'who may call {each}? roles = ["{_NOBODY}"] shuts it for everybody until you say' for each in tables)
    missing = "" if tables else "no operation of the document is named"
    # whole areas would shut out more than was found
    return Remedy(
        settings=ALONE["beyond.function-level-authorization"], operations=tables, asks=asks, incomplete=missing
    )


def _servers(case: Case) -> Remedy:
    tables = {each: {"audience": "server"} for each in case.places}
    ask = "which clients are servers? [mobile.no-server-to-server-calls] confidential = [...]; until you say, none is"
    missing = "" if tables else "no operation of the document is named"
    return Remedy(settings={"confidential": [_NOBODY]}, operations=tables, asks=(ask,), incomplete=missing)


def _authenticated(case: Case) -> Remedy:
    operations = case.known.api.operations if case.known.api is not None else ()
    shut = set(case.places)
    open_ = [each for each in operations if each.declared and each.key not in shut]
    public = [each.key for each in open_ if not each.security]
    optional = [each.key for each in open_ if each.security and case.known.purposes.get(each.key) in _DOORS]
    settings = {"public": public, **({"optional": optional} if optional else {})}
    return Remedy(settings=settings, incomplete="" if shut else "no operation of the document is named")


def _members(case: Case) -> Remedy:
    """Members that the schema names have to be named again as nobody's; others are shut out by default."""
    pointers: dict[str, list[str]] = {
        f"/{str(each).lstrip('/').replace('.', '/')}": [] for each in case.facts("declared")
    }
    tables = {each: {"fields": pointers} for each in case.places} if pointers else {}
    asks = tuple(f"may anybody set {each}? an empty list says that nobody may" for each in pointers)
    return Remedy(settings={"undeclared": "drop"}, operations=tables, asks=asks)


def _leaks(case: Case) -> Remedy:
    """Whatever is secret by its name is hidden by default; what else was found is named."""
    by_place = case.by_operation("fields")
    tables = {key: {"hide": sorted(set(map(_last, names)))} for key, names in by_place.items() if key in case.places}
    everywhere = set() if by_place else set(map(_last, case.names("fields")))
    return Remedy(settings={"hide": sorted(everywhere)} if everywhere else {}, operations=tables)


def _last(pointer: str) -> str:
    """The name of the field that a pointer ends in."""
    return pointer.rpartition("/")[2].rpartition(".")[2]


def _debugging(case: Case) -> Remedy:
    """Traces are taken out by default; an operation for debugging that the document declares is shut to everybody."""
    shut = [each for each in case.places if case.known.purposes.get(each) == "debug"]
    tables = {each: {"roles": [_NOBODY]} for each in shut}
    asks = tuple(f"may anybody call {each}? it is for debugging, and shut to everybody until you say" for each in shut)
    return Remedy(besides={"beyond.function-level-authorization": tables} if tables else {}, asks=asks)


def _injected(case: Case) -> Remedy:
    fields = case.names("fields", "parameter")
    table = {"fields": fields, "found": "refuse"}
    asks = ("patterns are no proof: repair the query, and look at what is refused for a while",)
    if not case.places or not fields:
        return Remedy(incomplete="which parameter of which operation is concerned is not known")
    return Remedy(operations=dict.fromkeys(case.places, table), asks=asks)


def _fetched(case: Case) -> Remedy:
    """The hosts of legitimate requests alone: of any other name nobody knows what it will lead to."""
    fields = case.names("fields", "parameter")
    tables: dict[str, dict[str, Any]] = {}
    for key in case.places:
        sent = [each for each in case.known.exchanges if each.operation == key]
        hosts = sorted(
            {
                host
                for each in sent
                for host in _HOST.findall(unquote(f"{each.target} {each.body.decode('utf-8', 'replace')}"))
            }
        )
        tables[key] = {**({"fetched": fields} if fields else {}), **({"hosts": hosts} if hosts else {})}
    asks = tuple(f"from which hosts may {each} fetch? add them to its hosts" for each in tables)
    return Remedy(operations={key: table for key, table in tables.items() if table}, asks=asks)


def _roles(case: Case) -> Remedy:
    """What the guard would not recognise by itself as a login, a reset, a registration."""
    operations = case.known.api.operations if case.known.api is not None else ()
    found = {
        each.key: purpose
        for each in operations
        if (purpose := case.known.purposes.get(each.key, "")) in _ROLES and recognised(each) != purpose
    }
    return Remedy(roles=found)


def _captcha(case: Case) -> Remedy:
    return Remedy(
        **{name: getattr(_roles(case), name) for name in ("roles",)},
        settings={"key": {"env": "OSTIARY_CAPTCHA_KEY"}},
        asks=("set OSTIARY_CAPTCHA_KEY to 32 random bytes in hex; clients have to solve its puzzles",),
    )


def _channel(_: Case) -> Remedy:
    return Remedy(
        incomplete="only you know where reports should go",
        asks=('[people.report-channel] contact = ["mailto:security@..."] and expires = "YYYY-MM-DD"',),
    )


def _signatures(case: Case) -> Remedy:
    asks = tuple(f'[operations."{each}".beyond.webhook-signatures] needs the sender\'s secret' for each in case.places)
    return Remedy(incomplete="the sender's secret is not known", asks=asks)


def _networks(case: Case) -> Remedy:
    asks = tuple(
        f'who may reach {each}? [operations."{each}".access.private-allowlist] allow = [...]' for each in case.places
    )
    return Remedy(incomplete="the networks of those who may are not known", asks=asks)


def _secret(_: Case) -> Remedy:
    return Remedy(
        incomplete="the API signs with a secret that can be guessed, and nobody but the API can change that",
        asks=("give the API a secret of 32 random bytes; every token signed with the old one has to go",),
    )


def _bound(_: Case) -> Remedy:
    return Remedy(incomplete="clients have to prove that they hold a key (DPoP or mutual TLS): decide that with them")


def _aliases(case: Case) -> Remedy:
    found: dict[str, str] = {}
    for each in case.places:
        path = each.partition(" ")[2]
        stem, brace, _ = path.partition("/{")
        if brace and path.count("{") == 1 and path.endswith("}"):
            found["/me" if "/me" not in found else f"/my{stem}"] = f"{stem}/{{token.sub}}"
    if not found:
        return Remedy(incomplete="which paths name the caller is not known")
    return Remedy(settings={"aliases": found, "direct": "own"})


def _some(missing: Iterable[str], places: Iterable[str], why: str) -> str:
    left = list(missing)
    if not left and list(places):
        return ""
    return f"{why} ({', '.join(left)})" if left else why


_MAKES: Final[dict[str, Callable[[Case], Remedy]]] = {
    "userdata.ownership-check": _ownership,
    "beyond.bola-differential-test": _ownership,
    "beyond.function-level-authorization": _functions,
    "processing.all-endpoints-authenticated": _authenticated,
    "processing.me-not-user-id": _aliases,
    "mobile.no-server-to-server-calls": _servers,
    "beyond.mass-assignment": _members,
    "output.no-sensitive-data": _leaks,
    "processing.debug-off": _debugging,
    "input.injection-sql": _injected,
    "input.injection-rce": _injected,
    "input.injection-xss": _injected,
    "beyond.ssrf-egress-control": _fetched,
    "auth.login-max-retry": _roles,
    "auth.login-jail": _roles,
    "account.auth-endpoint-limits": _roles,
    "account.otp-not-in-response": _roles,
    "account.captcha-challenge": _captcha,
    "people.report-channel": _channel,
    "beyond.webhook-signatures": _signatures,
    "access.private-allowlist": _networks,
    "jwt.strong-secret": _secret,
    "beyond.sender-constrained-tokens": _bound,
}
