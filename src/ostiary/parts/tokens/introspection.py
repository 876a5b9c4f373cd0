"""A token that only its issuer can read is asked about there, once at a time and not again at once (RFC 7662)."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

from ostiary.errors import ConfigError, StoreError
from ostiary.parts import fetching
from ostiary.parts.issuers import Issuer
from ostiary.parts.tokens.jws import Malformed, read_object

__all__ = ["Asker", "Introspector"]

logger = logging.getLogger("ostiary.tokens")

KEEP: Final = 30.0  # seconds that an answer may be used; a token that is revoked at its issuer works on for that long
KEEP_NO: Final = 5.0  # seconds for a no: a token may have been asked about before its issuer knew of it
MOST_NOS: Final = 10_000  # remembered; about 1 MB
MOST_FLIGHTS: Final = 100  # questions under way at once: what strangers make up must not flood the issuer
LARGEST: Final = 64 * 1024  # bytes of an answer
TIMEOUT: Final = 5.0  # seconds
PATIENCE: Final = 3  # failures in a row until the issuer is let alone
PAUSE: Final = 1.0  # for so many seconds
# Issuers call refresh and ID tokens active too, and say somewhere what they are (`token_type` is RFC 7662's own place).
_KINDS: Final = ("token_type", "token_use", "typ", "type")
_OTHERS: Final = frozenset({"refresh", "refresh_token", "offline", "id", "id_token", "logout", "logout_token"})


class Asker:
    """Asks about tokens, each once at a time; what it is told is kept for `keep` seconds by whoever asks.

    :param name: of the issuer, for messages.
    """

    def __init__(self, name: str, issuer: Issuer, *, clock: Callable[[], float], now: Callable[[], float]) -> None:
        self.keep = KEEP
        self._name = name
        self._issuer = issuer
        self._clock = clock
        self._now = now
        self._nos: dict[bytes, float] = {}
        self._flights: dict[bytes, asyncio.Task[Mapping[str, Any] | None]] = {}
        self._failures = 0
        self._failed_at = 0.0

    async def ask(self, token: str) -> Mapping[str, Any] | None:
        """What the issuer says of an active access token; None where it is not one.

        Those who ask about the same token at the same time share one question.

        :raises StoreError: when the issuer does not answer, or not as RFC 7662 has it.
        """
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        if self._nos.get(digest, 0.0) > self._clock():
            return None
        flight = self._flights.get(digest)
        if flight is None or flight.get_loop() is not asyncio.get_running_loop():
            if self._failures >= PATIENCE and self._clock() < self._failed_at + PAUSE:
                raise StoreError(f"issuer {self._name} does not answer")
            if len(self._flights) >= MOST_FLIGHTS:
                raise StoreError(f"issuer {self._name} is being asked about too many tokens")
            flight = self._flights[digest] = asyncio.create_task(self._fly(token, digest))
            flight.add_done_callback(lambda task: self._landed(task, digest))
        return await asyncio.shield(flight)

    def _landed(self, flight: asyncio.Task[Mapping[str, Any] | None], digest: bytes) -> None:
        if self._flights.get(digest) is flight:
            del self._flights[digest]
        if not flight.cancelled():
            flight.exception()  # heard, even if whoever asked has gone

    async def _fly(self, token: str, digest: bytes) -> Mapping[str, Any] | None:
        try:
            claims = await self._fetch(token)
        except (StoreError, Malformed) as error:
            self._failures += 1
            self._failed_at = self._clock()
            logger.warning("issuer %s cannot be asked about a token: %s", self._name, error)
            raise StoreError(f"issuer {self._name} does not answer") from error
        self._failures = 0
        if self._is_good(claims):
            return claims
        if len(self._nos) >= MOST_NOS:
            self._nos.clear()
        self._nos[digest] = self._clock() + KEEP_NO
        return None

    def _is_good(self, claims: Mapping[str, Any]) -> bool:
        raise NotImplementedError

    async def _fetch(self, token: str) -> Mapping[str, Any]:
        raise NotImplementedError


class Introspector(Asker):
    """Asks one issuer about tokens.

    :param where: the issuer's table, for messages.
    :param loopback: whether the endpoint may be on this machine.
    :raises ConfigError: without the client that RFC 7662 section 2.1 has us authenticate as.
    """

    def __init__(
        self,
        name: str,
        issuer: Issuer,
        *,
        where: str,
        loopback: bool,
        clock: Callable[[], float],
        now: Callable[[], float],
    ) -> None:
        super().__init__(name, issuer, clock=clock, now=now)
        if not issuer.client or issuer.client_secret is None:
            hint = "give client and client-secret: an issuer that tells just anybody about tokens is none"
            raise ConfigError(f"{where} introspection", "has no client to ask as", hint)
        # RFC 6749 section 2.3.1: each is form-encoded before they are joined.
        pair = f"{quote_plus(issuer.client)}:{quote_plus(issuer.client_secret.reveal())}"
        self._headers = (
            ("authorization", "Basic " + b64encode(pair.encode("ascii")).decode("ascii")),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
        )
        self._loopback = loopback

    def _is_good(self, claims: Mapping[str, Any]) -> bool:
        if claims.get("active") is not True:
            return False
        if any(str(claims.get(kind, "")).lower() in _OTHERS for kind in _KINDS):
            return False
        expires = claims.get("exp")
        if isinstance(expires, (int, float)) and not isinstance(expires, bool):
            return expires + self._issuer.leeway > self._now()
        return True

    async def _fetch(self, token: str) -> Mapping[str, Any]:
        status, headers, body = await fetching.fetch(
            self._issuer.introspection,
            method="POST",
            headers=self._headers,
            body=urlencode({"token": token, "token_type_hint": "access_token"}).encode("ascii"),
            most=LARGEST,
            timeout=TIMEOUT,
            private=self._issuer.private,
            loopback=self._loopback,
        )
        if status in {401, 403}:
            raise StoreError("it does not know our client, or its secret")
        if status != 200:  # noqa: PLR2004 - RFC 7662 section 2.2
            raise StoreError(f"the answer is {status}")
        media = next((value for name, value in headers if name == "content-type"), "")
        if media.partition(";")[0].strip().lower() != "application/json":
            raise Malformed("the answer is not JSON")
        return read_object(body, "answer")
