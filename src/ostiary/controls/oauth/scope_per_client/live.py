"""A token without an operation's scope is refused where one with it is let in: both are tried at the same object."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from ostiary.controls.oauth.scope_per_client import writes
from ostiary.controls.oauth.scope_per_client.held import Got, Holder, enough
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen import tokens
from ostiary.parts.seen.doors import granted, shut
from ostiary.parts.seen.privileges import scopes_of

MOST = 8  # operations; one request for each token, and one for nobody
MOST_TOKENS = 4
_SHOWN = 4
_CLAIMS = ("scope", "scopes", "scp")


async def audit_live(http: Http) -> Finding:
    """Call scoped reads with tokens that have the scope, with those that have not, and with none."""
    if not http.operations:
        return unknown("without a document it is not known which operations ask for a scope")
    asking = [each for each in http.operations if each.declared and scopes_of(each)]
    if not asking:
        return not_applicable("no operation asks for a scope (beyond.function-level-authorization asks who may what)")
    scoped = [each for each in asking if each.method == "GET"]
    holders = await _holders(http, asking)
    if not holders:
        return unknown("no token given says which scopes it has, so none is known to lack one")
    got = Got()
    for operation in scoped[:MOST]:
        with contextlib.suppress(Unanswerable):
            await _compare(http, operation, holders, got)
    if any(each.method in writes.REPLACES for each in asking):
        await writes.tried(http, holders, got)
    if got.faults:
        places = tuple(dict.fromkeys(each.key for each, _, _ in got.faults))
        return failed(
            got.faults[0][1].what,
            *[shown for _, shown, _ in got.faults[:_SHOWN]],
            proof=got.faults[0][2],
            places=places,
            facts={"scopes": {each.key: sorted(scopes_of(each)) for each, _, _ in got.faults}},
        )
    if got.refused:
        return passed(
            f"tokens without the scope are refused {len(got.refused)} times where others are let in", *got.refused[:2]
        )
    return unknown("the tokens given have all scopes, or none of them opens what the others were tried at")


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


async def _compare(http: Http, operation: Operation, holders: list[Holder], got: Got) -> None:
    poor = [each for each in holders if not enough(operation, each.scopes)]
    rich = [each for each in holders if enough(operation, each.scopes)]
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
                lacking = holder.lacks(operation)
                what = f"{operation.key} opens to a token without {lacking}"
                proof = f"{operation.key}: the token of {holder.name}, which lacks {lacking}, got {answer.status} twice, nobody {nobody.status}"
                got.faults.append((operation, http.show(answer, what), proof))
        elif opened is not None and shut(answer):
            got.refused.append(http.show(answer, f"{operation.key} is refused to a token that lacks its scope"))
