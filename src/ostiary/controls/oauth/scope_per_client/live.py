"""A token without an operation's scope is refused where one with it is let in: both are tried at the same object."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen import crossing, tokens
from ostiary.parts.seen.crossing import CROSSED, KEPT
from ostiary.parts.seen.doors import granted, shut
from ostiary.parts.seen.privileges import scopes_of

MOST = 8  # operations; one request for each token, and one for nobody
MOST_TOKENS = 4
MOST_WRITES = 2  # on an object of its own, with every token that lacks the scope; at most 8 requests for each
_REPLACES = frozenset({"PUT", "PATCH"})
_SHOWN = 4
_CLAIMS = ("scope", "scopes", "scp")


class Holder(NamedTuple):
    """A token that says its scopes."""

    name: str
    scopes: frozenset[str]
    user: str  # its subject


async def audit_live(http: Http) -> Finding:
    """Call scoped reads with tokens that have the scope, with those that have not, and with none."""
    asking = [each for each in http.operations if each.declared and scopes_of(each)]
    if http.operations and not asking:
        return not_applicable("no operation asks for a scope (beyond.function-level-authorization asks who may what)")
    scoped = [each for each in asking if each.method == "GET"]
    holders = await _holders(http, asking)
    if not holders:
        return unknown("no token given says which scopes it has, so none is known to lack one")
    faults: list[tuple[Operation, Evidence, str]] = []
    refused: list[Evidence] = []
    for operation in scoped[:MOST]:
        with contextlib.suppress(Unanswerable):
            await _compare(http, operation, holders, faults, refused)
    if any(each.method in _REPLACES for each in asking):
        await _write(http, holders, faults, refused)
    if faults:
        places = tuple(dict.fromkeys(each.key for each, _, _ in faults))
        return failed(
            faults[0][1].what,
            *[shown for _, shown, _ in faults[:_SHOWN]],
            proof=faults[0][2],
            places=places,
            facts={"scopes": {each.key: sorted(scopes_of(each)) for each, _, _ in faults}},
        )
    if refused:
        return passed(
            f"tokens without the scope are refused {len(refused)} times where others are let in", *refused[:2]
        )
    return unknown("the tokens given have all scopes, or none of them opens what the others were tried at")


async def _write(
    http: Http, holders: list[Holder], faults: list[tuple[Operation, Evidence, str]], refused: list[Evidence]
) -> None:
    """The owner's own object, changed by a token of his that may not."""
    own = next((each for each in holders if each.name == http.owner), None)
    things = [
        each for each in await http.things() if each.owner == http.owner and each.ours and each.create is not None
    ]
    writes = [
        (each, write) for each in things for write in each.writes if write.method in _REPLACES and scopes_of(write)
    ]
    for thing, operation in writes[:MOST_WRITES]:
        for holder in holders:
            same = own is not None and holder.user == own.user and holder is not own
            if not same or _enough(operation, holder.scopes):
                continue
            with contextlib.suppress(Unanswerable):
                fresh = await http.make(thing.kind, http.owner)
                text = "".join(each for each in (fresh.marker or fresh.id) if each.isalnum())[-8:] + "s"
                cell = await crossing.written(http, fresh, operation, holder.name, text)
                if cell.verdict == CROSSED:
                    lacking = ", ".join(sorted(scopes_of(operation) - holder.scopes))
                    what = f"{operation.key} is carried out for a token without {lacking}"
                    proof = f"{what}: what it sent is what the owner reads afterwards; nobody changes it"
                    faults.append((operation, cell.evidence[0], proof))
                elif cell.verdict == KEPT and fresh.seen is not None:
                    refused.append(
                        http.show(fresh.seen, f"{operation.key} changes nothing for a token that lacks its scope")
                    )


async def _holders(http: Http, scoped: list[Operation]) -> list[Holder]:
    found = []
    for name in list(http.identities)[:MOST_TOKENS]:
        with contextlib.suppress(Unanswerable):
            answer = await http.send_to(scoped[0], identity=name)
            held = next((each for _, value in answer.asked.headers if (each := tokens.find(value)) is not None), None)
            scopes = _said(held.claims) if held is not None else None
            if scopes is not None:
                found.append(Holder(name, scopes, str(held.claims.get("sub", "")) if held is not None else ""))
    return found


def _said(claims: Mapping[str, Any]) -> frozenset[str] | None:
    """The scopes in a token; None: it does not speak of any."""
    for name in _CLAIMS:
        value = claims.get(name)
        if isinstance(value, str):
            return frozenset(value.split())
        if isinstance(value, list):
            return frozenset(str(each) for each in value)
    return None


def _enough(operation: Operation, held: Iterable[str]) -> bool:
    """Whether some way into the operation asks for no scope that is not held; a way without any is open to all tokens."""
    return any(all(set(scopes) <= set(held) for scopes in way.values()) for way in operation.security or ())


async def _compare(
    http: Http,
    operation: Operation,
    holders: list[Holder],
    faults: list[tuple[Operation, Evidence, str]],
    refused: list[Evidence],
) -> None:
    poor = [each for each in holders if not _enough(operation, each.scopes)]
    rich = [each for each in holders if _enough(operation, each.scopes)]
    if not poor:
        return
    opened: Answer | None = None
    for holder in rich:
        answer = await http.send_to(operation, identity=holder.name)
        opened = answer if granted(answer) else opened
    for holder in poor:
        answer = await http.send_to(operation, identity=holder.name)
        if granted(answer):
            nobody = await http.send_to(operation, identity="")
            again = await http.send_to(operation, identity=holder.name, fresh=True)
            if shut(nobody) and granted(again):
                lacking = ", ".join(sorted(scopes_of(operation) - holder.scopes))
                what = f"{operation.key} opens to a token without {lacking}"
                proof = f"{operation.key}: the token of {holder.name}, which lacks {lacking}, got {answer.status} twice, nobody {nobody.status}"
                faults.append((operation, http.show(answer, what), proof))
        elif opened is not None and shut(answer):
            refused.append(http.show(answer, f"{operation.key} is refused to a token that lacks its scope"))
