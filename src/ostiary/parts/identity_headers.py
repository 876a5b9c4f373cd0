"""Who calls is told to the application in headers of the policy's choice, which no client can write."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import logging
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from ostiary.errors import ConfigError
from ostiary.exchange import Exchange, Principal
from ostiary.parts.tokens.claims import find
from ostiary.strict import dumps

logger = logging.getLogger("ostiary.guard")

MOST_VALUE: Final = 4096  # bytes of one value; servers take 8 KiB for all fields together
MOST_KEPT: Final = 10_000  # callers whose headers are kept ready
LEAST_KEY: Final = 32  # bytes of an HMAC key (RFC 7518 section 3.2)
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}")
_KINDS: Final = {"typ": "ostiary-identity+jwt", "alg": "HS256"}  # a type of its own: RFC 8725 section 3.11
# Fields that mean something to whoever is on the way (RFC 9110 section 7.6.1, RFC 9112), or that name the caller otherwise.
_TAKEN: Final = frozenset(
    """host connection content-length content-type content-encoding transfer-encoding te trailer upgrade keep-alive
    expect cookie authorization proxy-authorization proxy-authenticate dpop forwarded via range date""".split()  # noqa: SIM905 - a table of words
)
TAKEN_AWAY: Final = "jwt.verify-before-use"  # the note with the header fields that hold the token, once taken away
Pairs = tuple[tuple[bytes, bytes], ...]


def spellings(names: Iterable[str]) -> frozenset[bytes]:
    """Every name, and every way to write it with underscores: CGI and WSGI read both as the same."""
    found = set()
    for name in names:
        parts = re.split("[-_]", name.lower())
        for marks in itertools.product("-_", repeat=len(parts) - 1):
            found.add("".join(map("".join, zip(parts, (*marks, ""), strict=True))).encode())
    return frozenset(found)


class Signer:
    """Makes a short JWS (HS256, RFC 7515) of what is known of a caller.

    :param key: the secret that the application verifies with.
    :param seconds: how long one is valid; it is made anew when half of that is over.
    :param claims: claims of the token that go in besides, under ``claims``.
    :raises ConfigError: for a key that is too short to be one.
    """

    def __init__(
        self, key: bytes, seconds: float, claims: tuple[str, ...], now: Callable[[], float], where: str
    ) -> None:
        if len(key) < LEAST_KEY:
            raise ConfigError(where, f"HS256 takes a key of {LEAST_KEY} bytes at least", "openssl rand -hex 32")
        self._key = key
        self._seconds = seconds
        self._claims = claims
        self._now = now
        self._start = _encoded(dumps(_KINDS)) + b"."

    def sign(self, principal: Principal) -> tuple[bytes, float]:
        """The JWS, and until when it may be used again."""
        now = self._now()
        end = now + self._seconds
        fresh = now + self._seconds / 2
        if principal.expires:
            end = min(end, principal.expires)
            fresh = min(fresh, principal.expires)
        said: dict[str, Any] = {
            "iss": "ostiary",
            "iat": int(now),
            "exp": max(int(end), int(now) + 1),
            "issuer": principal.issuer,
            "sub": principal.subject,
            "client": principal.client,
            "scope": " ".join(sorted(principal.scopes)),
            "roles": sorted(principal.roles),
        }
        more = {name: find(principal.claims, name) for name in self._claims}
        said = {name: each for name, each in said.items() if each not in ("", [])}
        told = {name: each for name, each in more.items() if each is not None}
        if told:
            said["claims"] = told
        text = self._start + _encoded(dumps(said))
        return text + b"." + _encoded(hmac.digest(self._key, text, hashlib.sha256)), fresh


class IdentityHeaders:
    """Takes the policy's identity headers from what clients send, and writes its own for a caller who is known.

    :param names: header name -> claim (dots descend); what there is no claim for is not sent.
    :param signed: the name of the header for the JWS, or "".
    :param forward_token: whether the token itself goes on to the application.
    :param where: the setting, for messages.
    :raises ConfigError: for a header name that is none, is given twice, or means something else.
    """

    def __init__(
        self,
        names: Mapping[str, str],
        *,
        signed: str = "",
        signer: Signer | None = None,
        forward_token: bool = True,
        now: Callable[[], float],
        where: str,
    ) -> None:
        every = [name.lower() for name in names] + ([signed.lower()] if signed else [])
        for name in every:
            if _TOKEN.fullmatch(name) is None or name in _TAKEN or name.startswith(("sec-", "x-forwarded-")):
                raise ConfigError(where, f"{name!r} cannot name a caller", 'write a name such as "x-user-id"')
        strange = spellings(every)
        if sum(len(spellings([name])) for name in every) != len(strange):
            raise ConfigError(where, "two headers have the same name", "give each its own")
        self.strange = strange
        self._fields = tuple((name.lower().encode(), claim) for name, claim in names.items())
        self._signed = signed.lower().encode()
        self._signer = signer
        self._forward_token = forward_token
        self._now = now
        self._kept: dict[str, tuple[Principal, Pairs, float]] = {}

    def strip(self, exchange: Exchange) -> None:
        """Take from a request what a client says of itself; asked of every request, before its token is looked at."""
        strange = self.strange
        for name, _ in exchange.headers:
            if name in strange:
                exchange.headers = [pair for pair in exchange.headers if pair[0] not in strange]
                return

    def write(self, exchange: Exchange, principal: Principal) -> None:
        """Tell the application who calls, and take the token away from it if the policy says so."""
        kept = self._kept.get(principal.key)
        if kept is None or kept[0] is not principal or kept[2] <= self._now():
            kept = self._make(principal)
        headers = [*exchange.headers, *kept[1]]
        if not self._forward_token:
            taken = [pair for pair in headers if pair[0] in _TOKENS]
            exchange.note(TAKEN_AWAY, taken)
            headers = [pair for pair in headers if pair not in taken]
        exchange.headers = headers

    def _make(self, principal: Principal) -> tuple[Principal, Pairs, float]:
        pairs = [(name, text_of(find(principal.claims, claim))) for name, claim in self._fields]
        fresh = principal.expires or float("inf")
        if self._signer is not None:
            text, fresh = self._signer.sign(principal)
            pairs.append((self._signed, text))
        if any(len(value) > MOST_VALUE for _, value in pairs):
            logger.warning("what a token says of its caller is too long for a header, and is left out")
        made = principal, tuple((name, value) for name, value in pairs if 0 < len(value) <= MOST_VALUE), fresh
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[principal.key] = made
        return made


_TOKENS: Final = frozenset({b"authorization", b"dpop"})  # of a caller who is known, there is no other Authorization


# What stays as it is: visible ASCII and the space, but for the percent sign that marks the rest, and, in a list, the
# comma that separates. Two values never look the same, and none looks like two.
_ODD: Final = re.compile(r"[^ !-$&-~]|^ | $")
_ODD_IN_LISTS: Final = re.compile(r"[^ !-$&-+\--~]|^ | $")


def text_of(value: Any) -> bytes:
    """A claim as a header's value; b"" for what has no plain form (an object, nothing at all)."""
    if isinstance(value, list):
        items = [_plain(each, _ODD_IN_LISTS) for each in value if not isinstance(each, (dict, list))]
        return b",".join(each for each in items if each) if len(items) == len(value) else b""
    return _plain(value, _ODD)


def _plain(value: Any, odd: re.Pattern[str]) -> bytes:
    if isinstance(value, bool) or value is None:
        return {True: b"true", False: b"false", None: b""}[value]
    if isinstance(value, (int, float)):
        return dumps(value)
    if not isinstance(value, str):
        return b""
    return odd.sub(_percent, value).encode("ascii")


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{each:02X}" for each in match[0].encode("utf-8", "surrogatepass"))


def _encoded(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")
