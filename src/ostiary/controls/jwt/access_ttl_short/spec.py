"""A document says how long the tokens that it hands out live (``expires_in``, RFC 6749 section 5.1)."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Confidence, Finding, failed, not_applicable, passed, unknown
from ostiary.parts.seen import issuing

_CEILING = 3600


async def audit_spec(spec: Spec) -> Finding:
    """Look at the replies that hand out access tokens, and at the seconds that they promise."""
    found = issuing.token_replies(spec.api)
    if not found:
        return not_applicable("no reply of the document hands out an access token")
    told = [(reply, seconds) for reply in found if (seconds := reply.lasts) is not None]
    for reply, seconds in told:
        if seconds > _CEILING:
            where = spec.at(reply.pointer, f"expires_in: {seconds}")
            return failed(
                f"the document gives access tokens {seconds:,} seconds",
                where,
                places=(reply.operation.key,),
                facts={"lifetime": seconds},
                confidence=Confidence.TENTATIVE,
            )
    if told and len(told) == len(found):
        where = spec.at(told[0][0].pointer, f"expires_in: {told[0][1]}")
        return passed(f"the document gives access tokens {max(each for _, each in told):,} seconds at most", where)
    if all(reply.expires for reply in found):
        return unknown("the replies that hand out tokens say how long they live, and the document gives no number")
    without = next(reply for reply in found if not reply.expires)
    return unknown(f"{without.operation.key} hands out a token and does not say how long it lives (expires_in)")
