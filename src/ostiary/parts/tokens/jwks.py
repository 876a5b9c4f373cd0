"""Published keys are fetched ahead of need, once at a time, and from nowhere that a token names."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from ostiary.errors import StoreError
from ostiary.parts import fetching
from ostiary.parts.issuers import Issuer
from ostiary.parts.tokens.jws import Key, Malformed
from ostiary.parts.tokens.keys import Ring, fetched
from ostiary.strict import DecodeError, loads

__all__ = ["Given", "Published"]

logger = logging.getLogger("ostiary.tokens")

LARGEST = 256 * 1024  # bytes of a key set or a metadata document
TIMEOUT = 5.0  # seconds
PAUSE = 10.0  # seconds between two fetches for key ids that nobody knows: a storm of them costs the issuer that much
LONGEST_PAUSE = 30.0  # seconds between two tries while the issuer does not answer; the first is after one second
AHEAD = 0.75  # of `refresh`: when keys are fetched again
_OPENID: Final = "/.well-known/openid-configuration"  # OpenID Connect Discovery 1.0 section 4: behind the issuer's path
_OAUTH: Final = "/.well-known/oauth-authorization-server"  # RFC 8414 section 3.1: between its host and its path


class Given:
    """Keys that the policy gives: always there, never others."""

    may_renew = False

    def __init__(self, ring: Ring) -> None:
        self._ring = ring

    def find(self, kid: str, algorithm: str) -> tuple[Key, ...] | None:
        """See `Published.find`; never None."""
        return self._ring.find(kid, algorithm) or ()

    async def ask(self, kid: str, algorithm: str) -> tuple[Key, ...]:
        """See `Published.ask`."""
        return self.find(kid, algorithm) or ()

    async def renew(self) -> None:
        """There is nothing to renew."""

    async def start(self) -> None:
        """Nothing goes on in the background."""

    async def stop(self) -> None:
        """As `start`."""


class Published:
    """Keys that an issuer publishes.

    :param changed: called with the new keys when some are gone or there, and with None when the old ones are too old
        to be believed any longer.
    """

    def __init__(
        self,
        name: str,
        issuer: Issuer,
        *,
        loopback: bool,
        clock: Callable[[], float],
        changed: Callable[[Ring | None], None],
    ) -> None:
        self._name = name
        self._issuer = issuer
        self._loopback = loopback
        self._clock = clock
        self._changed = changed
        self._ring: Ring | None = None
        self._document: Any = None  # what the keys were read from
        self._fetched_at = 0.0
        self._asked_at = float("-inf")  # for a key id, when that brought no new key
        self._failures = 0
        self._failed_at = 0.0
        self._flight: asyncio.Task[None] | None = None
        self._keeper: asyncio.Task[None] | None = None

    def find(self, kid: str, algorithm: str) -> tuple[Key, ...] | None:
        """The keys that may have signed such a token, at once; None: `ask` may find some.

        :raises StoreError: when the keys are not known, and it is too early to ask again.
        """
        self._forget_old()
        found = None if self._ring is None else self._ring.find(kid, algorithm)
        if found is not None or self.may_renew:
            return found
        if self._failures == 0:
            return ()  # there is no such key: it was asked a moment ago
        if self._clock() < self._failed_at + self._pause:
            raise StoreError(f"the keys of issuer {self._name} cannot be fetched")
        return None

    async def ask(self, kid: str, algorithm: str) -> tuple[Key, ...]:
        """As `find`, having asked the issuer if need be: one fetch, however many wait for it.

        :raises StoreError: when it does not answer.
        """
        if self._flying:
            await self._fetch()
        found = self.find(kid, algorithm)
        if found is None:
            await self.renew()
            found = None if self._ring is None else self._ring.find(kid, algorithm)
        if found is None and self._failures:
            raise StoreError(f"the keys of issuer {self._name} cannot be fetched")
        return found or ()

    @property
    def may_renew(self) -> bool:
        """Whether `renew` would tell more than is known: a fetch is under way, or the last one for a doubt long past."""
        return self._flying or (self._failures == 0 and self._clock() >= self._asked_at + PAUSE)

    async def renew(self) -> None:
        """Fetch the keys, or wait for the fetch under way, because of a token that none of them fits."""
        if not self._flying:
            self._asked_at = self._clock()
        await self._fetch()

    async def start(self) -> None:
        """Begin to fetch, and to fetch again before the keys are old; does not wait."""
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """End what `start` began."""
        for task in (self._keeper, self._flight):
            if task is not None and task.get_loop() is asyncio.get_running_loop():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self._keeper = self._flight = None

    @property
    def _flying(self) -> bool:
        return self._flight is not None and not self._flight.done()

    @property
    def _pause(self) -> float:
        return float(min(LONGEST_PAUSE, 2.0 ** min(self._failures - 1, 10)))

    async def _keep(self) -> None:
        while True:
            await self._fetch()
            self._forget_old()
            await asyncio.sleep(self._pause if self._failures else max(1.0, self._issuer.refresh * AHEAD))

    async def _fetch(self) -> None:
        """Wait for the fetch under way, or begin one; a waiter that is cancelled takes nobody's fetch away."""
        flight = self._flight
        if flight is None or flight.done() or flight.get_loop() is not asyncio.get_running_loop():
            flight = self._flight = asyncio.create_task(self._fly())
        await asyncio.shield(flight)

    async def _fly(self) -> None:
        try:
            async with asyncio.timeout(2 * TIMEOUT):  # several requests, where the metadata has to be looked for
                document = await self._download()
            if self._ring is None or document != self._document:  # the same again is not complained of again
                self._take(fetched(document, self._issuer.algorithms, self._name))
                self._document = document
        except Exception as error:  # whatever goes wrong: without keys nobody passes, and it is tried again
            self._failures += 1
            self._failed_at = self._clock()
            odd = not isinstance(error, (StoreError, Malformed, TimeoutError))
            logger.warning(
                "the keys of issuer %s cannot be fetched: %s",
                self._name,
                str(error) or "no answer in time",
                exc_info=odd,
            )
            return
        if self._failures:
            logger.warning("the keys of issuer %s can be fetched again", self._name)
        self._failures = 0
        self._fetched_at = self._clock()

    def _take(self, ring: Ring) -> None:
        before, self._ring = self._ring, ring
        if before is None or before.thumbprints != ring.thumbprints:
            self._asked_at = float("-inf")  # it was worth asking, and may be again
            self._changed(ring)

    def _forget_old(self) -> None:
        if self._ring is not None and self._clock() - self._fetched_at > self._issuer.stale:
            logger.error("the keys of issuer %s are too old to be believed", self._name)
            self._ring = None
            self._changed(None)

    async def _download(self) -> Any:
        issuer = self._issuer
        if issuer.jwks:
            return await self._read(issuer.jwks)
        metadata = None
        for url in _places(issuer):
            try:
                metadata = await self._read(url)
                break
            except StoreError as error:
                if url == _places(issuer)[-1]:
                    raise StoreError(f"no metadata: {error}") from error
        if not isinstance(metadata, dict) or metadata.get("issuer") != issuer.issuer:
            raise Malformed("the metadata is another issuer's")  # RFC 8414 section 3.3
        jwks = metadata.get("jwks_uri")
        if not isinstance(jwks, str):
            raise Malformed("the metadata names no keys")
        try:
            host = urlsplit(jwks).hostname
        except ValueError as error:
            raise Malformed("the metadata's jwks_uri is no URL") from error
        if host is None or (host != urlsplit(issuer.issuer).hostname and host not in issuer.hosts):
            raise Malformed("the metadata names keys on another host, which is not among the issuer's `hosts`")
        return await self._read(jwks)

    async def _read(self, url: str) -> Any:
        status, _, body = await fetching.fetch(
            url,
            headers=(("accept", "application/json, application/jwk-set+json"),),
            most=LARGEST,
            timeout=TIMEOUT,
            private=self._issuer.private,
            loopback=self._loopback,
        )
        if status != 200:  # noqa: PLR2004 - redirects too: the policy says where keys are
            raise StoreError(f"the answer is {status}")
        try:
            return loads(body)
        except (DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed("the answer is not JSON") from error


def _places(issuer: Issuer) -> tuple[str, ...]:
    if issuer.discovery:
        return (issuer.discovery,)
    parts = urlsplit(issuer.issuer)
    path = parts.path.rstrip("/")
    return (
        f"{parts.scheme}://{parts.netloc}{path}{_OPENID}",
        f"{parts.scheme}://{parts.netloc}{_OAUTH}{path}",
    )
