"""Who is in jail can be listed and freed, by account, by source, or by the name that the list shows."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, Final

from ostiary.errors import ConfigError
from ostiary.parts.attempts import source_of
from ostiary.store.ports import Prisoner, Store

KINDS: Final = {  # beginning of a key -> what it is the jail of
    "jail:pair": "sign-in, account and source",
    "jail:source": "sign-in, source",
    "retry:account": "sign-in tries, account",
    "retry:ceiling": "sign-in tries, account closed",
    "retry:pair": "sign-in tries, account and source",
    "otp:account": "code, account",
    "otp:pair": "code, account and source",
    "otp:challenge": "code, one challenge",
    "otp:source": "code, source",
    "reset:account": "reset, account",
    "reset:pair": "reset, account and source",
    "reset:challenge": "reset, one challenge",
    "reset:source": "reset, source",
    "captcha:pair": "captcha asked, account and source",
    "captcha:source": "captcha asked, source",
    "identity-password:pair": "identity sign-in, account and source",
    "identity-password:account": "identity sign-in, account",
    "identity-password:source": "identity sign-in, source",
    "identity-code:pair": "identity code, account and source",
    "identity-code:account": "identity code, account",
    "identity-code:source": "identity code, source",
    "identity-passkey:source": "identity passkey, source",
    "identity-link:source": "identity link, source",
    "identity-device:pair": "identity device, account and source",
    "identity-device:account": "identity device, account",
    "identity-device:source": "identity device, source",
    "identity-client:pair": "identity client and source",
    "identity-client:source": "identity clients, source",
    "identity-captcha:account": "identity captcha asked, account",
    "identity-captcha:source": "identity captcha asked, source",
}
MOST: Final = 10_000  # prisoners looked at, the longest to serve first
MOST_SHOWN: Final = 1000
MOST_DIGESTS: Final = 64


def plain(prisoner: Prisoner) -> dict[str, Any]:
    """A prisoner as plain data; `account` is a digest, empty where a source is jailed as a whole."""
    first, second, *rest = prisoner.key.removesuffix(";").split(":", 3)
    kind = f"{first}:{second}"
    digest, source = ("", ":".join(rest)) if second == "source" else (rest[0] if rest else "", ":".join(rest[1:]))
    return {
        "key": prisoner.key, "kind": kind, "account": digest, "source": source,
        "until": round(prisoner.until), "step": prisoner.step,
    }  # fmt: skip


async def listed(store: Store, given: Mapping[str, Any]) -> dict[str, Any]:
    """Prisoners, the longest to serve first; see `_wanted` for what is given."""
    return {"prisoners": [plain(each) for each in (await _found(store, given))[:MOST_SHOWN]]}


async def freed(store: Store, given: Mapping[str, Any]) -> dict[str, Any]:
    """Release prisoners, strikes and steps forgotten; how many there were.

    :raises ConfigError: when nobody in particular is meant.
    """
    if given.get("all") is not True and not any(given.get(each) for each in ("digests", "source", "key")):
        raise ConfigError("jail", "who is to be freed?", "name an account, a source or a key, or say --all")
    number = 0
    for each in await _found(store, given):
        answer = store.strikes.free(each.key)
        number += await answer if isinstance(answer, Awaitable) else answer
    return {"freed": number}


async def _found(store: Store, given: Mapping[str, Any]) -> list[Prisoner]:
    """Who is meant: ``digests`` of an account (comma-separated), ``source`` an address, ``key`` the beginning of a key."""
    digests = [each for each in str(given.get("digests") or "").split(",") if each]
    if len(digests) > MOST_DIGESTS:
        raise ConfigError("jail", "too many digests")
    address = str(given.get("source") or "")
    source = source_of(address.partition("/")[0]) if address else ""
    if address and not source:
        raise ConfigError("source", f"{address!r}"[:100] + " is not an address", "such as 192.0.2.7 or 2001:db8::1")
    beginning = str(given.get("key") or "")
    answer = store.strikes.prisoners(beginning, MOST)
    found = await answer if isinstance(answer, Awaitable) else answer
    wanted = []
    for each in found:
        kind = ":".join(each.key.split(":", 2)[:2])
        if kind not in KINDS:
            continue
        told = plain(each)
        if (not digests or told["account"] in digests) and (not source or told["source"] == source):
            wanted.append(each)
    return wanted
