"""Keys sign by turns: each is published long before it signs, and until what it signed is dead."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ostiary.errors import ConfigError, StoreError
from ostiary.identity.storage import keys
from ostiary.identity.storage.database import Database
from ostiary.parts.identity_settings import Identity
from ostiary.parts.sealing import KeyRing, Unsealable
from ostiary.parts.tokens import signing
from ostiary.parts.tokens.jws import Key, Malformed, key_of_jwk, parse, read_object
from ostiary.strict import dumps, loads

__all__ = ["PUBLISHED_FOR", "Signing", "Unbelieved"]

logger = logging.getLogger("ostiary.identity")

EVERY: Final = 30.0  # seconds between two looks at the table: all processes agree within that
PUBLISHED_FOR: Final = 300  # seconds that readers may keep the key set
LEAD: Final = PUBLISHED_FOR + 2 * EVERY  # seconds until everybody has seen a new key
LONGEST: Final = 8192  # bytes of a token of ours
AHEAD: Final = 60.0  # seconds that the clocks of our own processes may differ
_SOON: Final = 5.0  # seconds between two looks for a key that is not known


class Unbelieved(ValueError):  # noqa: N818 - what it is, not that it happened
    """A token is not one of ours, or not for this; the message repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class _Held:
    kept: keys.Kept
    private: signing.PrivateKey
    public: Key

    def signs(self, now: float) -> bool:
        retired = self.kept.retired_at
        return self.kept.active_at <= now and (retired is None or now < retired)

    def is_published(self, now: float) -> bool:
        return self.kept.gone_at is None or now < self.kept.gone_at


class Signing:
    """Signs and verifies our own tokens.

    `start` makes the first key, and then looks after the table until `stop`; without them, call `tend` now and then.

    :param issuer: the `iss` of every token.
    :param now: seconds since the epoch.
    :param entropy: not used: the library makes keys from the system's generator.
    """

    def __init__(
        self,
        settings: Identity,
        *,
        issuer: str,
        database: Database,
        ring: KeyRing,
        now: Callable[[], float],
        entropy: Callable[[int], bytes] | None = None,  # noqa: ARG002 - as above
    ) -> None:
        self._database = database
        self._ring = ring
        self._algorithm: signing.Algorithm = settings.algorithm
        lifetimes = settings.lifetimes
        self._overlap = max(lifetimes.key_overlap, lifetimes.access, lifetimes.id_token, LEAD)
        self._turn = max(lifetimes.signing_key, self._overlap + LEAD)
        self._issuer = issuer
        self._now = now
        self._held: tuple[_Held, ...] = ()
        self._looking = asyncio.Lock()
        self._looked_at = 0.0
        self._work: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Make the first key where there is none, and go on looking after them.

        :raises ConfigError: when the key ring does not open what is kept.
        :raises StoreError: when the database cannot be reached.
        """
        await self.tend()
        if self._work is None:
            self._work = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End what `start` began."""
        work, self._work = self._work, None
        if work is not None:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.tend()
            except (StoreError, ConfigError) as error:  # what is known signs on; the next look may find more
                logger.warning("signing keys: %s", error)
            except Exception:  # nothing may end the looking
                logger.exception("signing keys could not be looked after")

    async def tend(self) -> None:
        """Look at the table; make the next key where it is time, once for all processes.

        :raises ConfigError: when the key ring does not open what is kept.
        :raises StoreError: when the database cannot be reached.
        """
        async with self._looking:
            async with self._database.read() as connection:
                rows = await keys.kept(connection)
            if self._is_due(rows) or any(self._ring.is_old(row.private) for row in rows):
                rows = await self._change(self._is_due)
            self._take(rows)

    async def rotate(self, *, at_once: bool = False) -> None:
        """Make the next key now.

        :param at_once: it signs at once, and those before it are believed no more: for a key that leaked. All that
            they signed is dead then.
        """
        async with self._looking:
            self._take(await self._change(lambda _rows: True, at_once=at_once))

    async def _change(
        self, due: Callable[[tuple[keys.Kept, ...]], bool], *, at_once: bool = False
    ) -> tuple[keys.Kept, ...]:
        """Decide under a lock, so that of several processes one adds a key; the table as it is then."""
        private = signing.make(self._algorithm)
        key = signing.read(private)
        async with self._database.write() as connection:
            await keys.lock(connection)
            now = self._now()
            rows = await keys.kept(connection)
            await keys.forget(connection, now)
            for row in rows:
                if self._ring.is_old(row.private):
                    await keys.reseal(connection, row.kid, self._sealed(row.kid, self._opened(row)))
            if due(rows):
                starts = now if at_once else self._starts(rows)
                await keys.add(connection, keys.Kept(
                    kid=key.kid, algorithm=key.algorithm, private=self._sealed(key.kid, private),
                    public=dumps(key.public).decode(), created_at=now, active_at=starts,
                ))  # fmt: skip
                for row in rows:
                    ends = starts if row.retired_at is None else min(starts, row.retired_at)
                    gone = now if at_once else ends + self._overlap
                    gone = gone if row.gone_at is None else min(gone, row.gone_at)
                    await keys.retire(connection, row.kid, retired_at=ends, gone_at=gone)
                logger.info("signing keys: %s signs in %.0f s", key.kid, starts - now)
            return await keys.kept(connection)

    def _is_due(self, rows: tuple[keys.Kept, ...]) -> bool:
        """Whether the next key has to be made: the latest is nearly worn out, or of another algorithm than is wanted."""
        latest = _latest(rows)
        if latest is None or latest.algorithm != self._algorithm:
            return True
        return self._now() >= latest.active_at + self._turn - self._overlap

    def _starts(self, rows: tuple[keys.Kept, ...]) -> float:
        """When the next key signs: at once if it is the first, else when it has been seen and the latest is worn out."""
        now, latest = self._now(), _latest(rows)
        if latest is None:
            return now
        worn_out = latest.active_at + self._turn
        is_regular = latest.algorithm == self._algorithm and now >= worn_out - self._overlap
        return max(now + LEAD, worn_out) if is_regular else now + LEAD

    def _sealed(self, kid: str, private: bytes) -> bytes:
        return self._ring.seal(private, f"signing_keys.private:{kid}")

    def _opened(self, row: keys.Kept) -> bytes:
        try:
            return self._ring.open(row.private, f"signing_keys.private:{row.kid}")
        except Unsealable as error:
            hint = "restore the folder of keys that belongs to this database"
            raise ConfigError("[identity] keys", f"a signing key cannot be read: {error}", hint) from error

    def _take(self, rows: tuple[keys.Kept, ...]) -> None:
        """Believe what the table says, all at once."""
        known = {each.kept.kid: each for each in self._held}
        held = []
        for row in rows:
            there = known.get(row.kid)
            if there is not None:
                held.append(_Held(row, there.private, there.public))
                continue
            public = key_of_jwk(loads(row.public.encode()), (row.algorithm,))
            private = signing.read(self._opened(row))
            if public is None or public.thumbprint != private.kid or private.kid != row.kid:
                raise ConfigError("[identity] database", "a signing key is not the one it says", "restore a backup")
            held.append(_Held(row, private, public))
        self._held = tuple(held)
        self._looked_at = self._now()

    async def sign(self, claims: Mapping[str, Any], *, typ: str) -> str:
        """Claims as a token of ours, with `iss`; it asks nobody, so that it may be done inside a transaction.

        :param typ: "at+jwt" (RFC 9068), "JWT" for ID tokens.
        :raises StoreError: when there is no key, because none was made yet or none could be read for long.
        """
        return self._signer().private.sign({"iss": self._issuer, **claims}, typ=typ)

    def algorithm(self) -> str:
        """What `sign` signs with now."""
        return self._signer().kept.algorithm

    def _signer(self) -> _Held:
        now = self._now()
        signer = next((each for each in reversed(self._held) if each.signs(now)), None)
        if signer is None:
            msg = "there is no key to sign with"
            raise StoreError(msg)
        return signer

    async def jwks(self) -> dict[str, Any]:
        """The public halves that verify what may still be alive, and the one that signs next (RFC 7517 section 5)."""
        now = self._now()
        return {"keys": [dict(each.private.public) for each in reversed(self._held) if each.is_published(now)]}

    def algorithms(self) -> tuple[str, ...]:
        """What tokens may be signed with, the algorithm of the setting first."""
        now = self._now()
        published = [each.kept.algorithm for each in self._held if each.is_published(now)]
        return tuple(dict.fromkeys((self._algorithm, *published)))

    async def verify(self, token: str, *, typ: str, audience: str | None, late: bool = False) -> dict[str, Any]:
        """What a token of ours says.

        :param typ: what it must be for, exactly; an ID token is no access token (RFC 8725 section 3.11).
        :param audience: what must be in `aud`; None: the caller judges it.
        :param late: whether it may have expired (an ID token as a hint).
        :raises Unbelieved: when it is not ours, altered, of another type, for somebody else, or not from now.
        """
        try:
            compact = parse(token.encode("ascii"), longest=LONGEST)
        except (Malformed, UnicodeEncodeError) as error:
            msg = "it is malformed"
            raise Unbelieved(msg) from error
        header = compact.header
        if header.get("typ") != typ:
            msg = "it is for something else"
            raise Unbelieved(msg)
        key = await self._key_of(str(header.get("kid", "")))
        if key is None or header["alg"] not in key.algorithms or not key.verify(compact.signed, compact.signature):
            msg = "it is not signed by a key of ours"
            raise Unbelieved(msg)
        try:
            claims = read_object(compact.payload, "payload")
        except Malformed as error:  # pragma: no cover - we would have to have signed it
            msg = "it is malformed"
            raise Unbelieved(msg) from error
        self._judge(claims, audience, late=late)
        return claims

    def _judge(self, claims: Mapping[str, Any], audience: str | None, *, late: bool) -> None:
        now = self._now()
        said = claims.get("aud")
        addressed = said if isinstance(said, list) else [said]
        if claims.get("iss") != self._issuer or (audience is not None and audience not in addressed):
            msg = "it is for somebody else"
            raise Unbelieved(msg)
        issued, expires = _time(claims.get("iat")), _time(claims.get("exp"))
        if issued is None or expires is None or issued > now + AHEAD or (not late and expires <= now):
            msg = "it is not from now"
            raise Unbelieved(msg)

    async def _key_of(self, kid: str) -> Key | None:
        """A published key by its id; one that another process made is looked for, not too often."""
        found = self._known(kid)
        if found is None and self._now() >= self._looked_at + _SOON:
            self._looked_at = self._now()  # one looks for all who ask meanwhile
            await self.tend()
            found = self._known(kid)
        return found

    def _known(self, kid: str) -> Key | None:
        now = self._now()
        return next((each.public for each in self._held if each.kept.kid == kid and each.is_published(now)), None)


def _latest(rows: tuple[keys.Kept, ...]) -> keys.Kept | None:
    """The key that no other one follows yet."""
    return next((row for row in rows if row.retired_at is None), None)


def _time(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
