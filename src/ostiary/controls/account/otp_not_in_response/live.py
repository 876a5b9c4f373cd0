"""A code or a reset link is asked for twice: what comes back in its place, and changes, is the secret itself."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import Evidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts import role_fields as names
from ostiary.parts.seen import codeflows, flows, resettings
from ostiary.parts.seen.codes import codes
from ostiary.parts.seen.doors import granted

MOST: Final = 4  # operations
# Requests: 2 for each operation, 1 more where the account of our own is not taken; one registration.


async def audit_live(http: Http) -> Finding:
    """Have codes and links sent to an account of our own, at most twice each, and look for them in the reply."""
    senders = codeflows.senders(http)
    whole = not any(names.keys_of(each) & (names.CODE | names.BARE_CODE) for each in codeflows.redeemers(http))
    faults: list[Evidence] = []
    places: list[str] = []
    clean: list[Answer] = []
    account: Account | None = None
    with contextlib.suppress(Unanswerable):
        account = await http.throwaway() if senders else None
    asks = [(each, version) for each in senders for version in codeflows.versions(http, each)]
    for operation, version in asks[:MOST]:
        if operation.key in places:
            continue
        try:
            first = await _asked(http, operation, account, version)
            links = whole and operation.role == "reset"  # beside a code, a token only says which reset is meant
            found = _secrets(first, links=links)
            if found:
                second = await _asked(http, operation, account, version)
                if not (
                    granted(second) and _texts(found) == _texts(_secrets(second, links=links))
                ):  # the second may be one too many
                    faults.append(http.show(first, f"{operation.key}: the reply has {found[0][1]}"))
                    places.append(operation.key)
                continue
        except Unanswerable:
            continue
        clean.append(first)
    if faults:
        return failed(
            f"{faults[0].what} ({len(faults)} operations)",
            *faults[:4],
            proof="Whoever asks for it gets it; when asked again, there is another one in the same place.",
            places=tuple(places),
            facts={"operations": places},
        )
    if clean:
        return passed(f"{len(clean)} operations send a code and do not tell it", http.show(clean[0], "a code is sent"))
    if not senders and http.api is not None:
        return not_applicable("no operation sends a one-time code")
    return unknown("no operation that sends a code answered a valid request with 2xx")


async def _asked(http: Http, operation: Operation, account: Account | None, version: Mapping[str, str]) -> Answer:
    """A reply that says yes, for an account of our own, or for the document's example.

    :raises Unanswerable: when there is none.
    """
    if account is not None:
        with contextlib.suppress(Unanswerable):
            answer = await flows.sent(http, operation, account, more=version)
            if granted(answer):
                return answer
    if version:
        raise Unanswerable(f"{operation.key} took no account of ours in that version")
    await http.baseline(operation)
    made = http.body_of(operation)
    return await http.send_to(operation, body=made[1] if made else b"", fresh=True)


def _secrets(answer: Answer, *, links: bool) -> list[tuple[str, str]]:
    found = [(each.text, f"the code, in {each.at}") for each in codes(answer)]
    if links and not found:
        found = [(text, f"the secret of a password reset, in {where}") for text, where in resettings.told(answer)]
    return found


def _texts(found: list[tuple[str, str]]) -> set[str]:
    return {each[0] for each in found}
