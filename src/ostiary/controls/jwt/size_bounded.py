"""Tokens stay small, and oversized ones are refused before any signature check.

Why
    Bloated tokens break behind proxies with smaller header limits and cause outages. Oversized ones give an
    anonymous caller a cheap way to burn memory and CPU.

Fix
    Keep issued tokens under half of the smallest header limit on the path, about 4 KiB: move group lists and
    permission trees out of the claims. Check the length of ``Authorization`` before parsing and answer 431 above
    the cap. Align the limits, for example nginx ``large_client_header_buffers 4 8k;``, Apache
    ``LimitRequestFieldSize 8190``, Node ``--max-http-header-size=16384``.

Traps
    - Default servers may accept far more than expected: uvicorn 0.54 with h11 accepted a 70,000-byte Authorization
      value in our probe.
    - A 401 for an oversize garbage token means it was parsed; look at latency and status 431 separately.
    - Cookies have a 4096-byte browser cap: count name plus value.
"""

import functools

from ostiary.errors import ConfigError, Denied
from ostiary.model import Control, Exchange, Hooks, Maps, Operation, Probe, Severity, Site
from ostiary.strict import Size, Strict


class Settings(Strict, frozen=True):
    """``authorization``: the largest value of that header field; ``head``: of all header fields, names included."""

    authorization: Size = Size("4KiB")
    head: Size = Size("16KiB")


@functools.lru_cache(maxsize=16)
def _hooks(most_authorization: int, most_head: int) -> Hooks:
    if most_authorization < 256 or most_head < most_authorization:  # noqa: PLR2004 - the shortest signed token
        raise ConfigError("jwt.size-bounded authorization", "leaves no room for a token", 'write "4KiB"')

    def head(exchange: Exchange) -> None:
        total = 0
        for name, value in exchange.headers:
            total += len(name) + len(value)
            if name == b"authorization" and len(value) > most_authorization:
                raise Denied(431, "the Authorization header field is too large")
        if total > most_head:
            raise Denied(431, "the header fields are too large")

    return Hooks(head=head, pure=True)


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse what is too large before anything of it is read."""
    return _hooks(settings.authorization, settings.head)


control = Control(
    severity=Severity.LOW,
    probe=Probe.ACTIVE,
    strength="should",
    settings=Settings,
    guard=guard,
    attest=(
        "What is the smallest request header limit on the way to the API, from CDN to application (attach the "
        "setting for each hop)?"
    ),
    maps=Maps(
        owasp_api=("API4:2023",),
        asvs=("3.3.5", "4.2.5"),
        cwe=(770,),
        standards=("RFC 6585 §5", "RFC 9110 §5.4", "RFC 10025"),
    ),
)
