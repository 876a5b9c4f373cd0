"""A token that is bound to a key is presented like any other, without a proof: it must be refused."""

from __future__ import annotations

from ostiary.evidence import Http
from ostiary.model import Finding, failed, passed, unknown
from ostiary.parts.seen import doors


async def audit_live(http: Http) -> Finding:
    """Present the bound tokens among those given (those with ``cnf``) as plain bearer tokens."""
    found = await doors.with_token(http)
    if isinstance(found, Finding):
        return found
    door = found[0]
    now = doors.moment(door.opened)
    bound = [each for each in await doors.keys(http, door) if each.token.claims.get("cnf")]
    current = [each for each in bound if not each.token.number("exp") or each.token.number("exp") > now]
    for each in current:
        # whoever gave the proof along with the token (DPoP, a certificate) gave it for another request
        plain = await door.tried(http, each.token.raw)
        if doors.granted(plain) and doors.granted(await door.tried(http, each.token.raw, fresh=True)):
            why = "a token that is bound to a key is believed without the key"
            return failed(why, http.show(plain, f"the token of {each.name}, without a proof"))
        if not doors.shut(plain):
            return unknown(f"{door.operation.key} answered {plain.status} to a bound token")
    if current:
        shown = http.show(current[0].answer, "a bound token without a proof: refused")
        return passed("a token that is bound to a key is refused without the key", shown)
    return unknown(
        "the tokens given are bound to no key; whether a bound one is good without it shows with one (--identity bound=TOKEN)"
    )
