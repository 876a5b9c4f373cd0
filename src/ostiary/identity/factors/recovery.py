"""Recovery codes stand in for a lost factor: ten, 60 random bits each, shown once, kept as keyed digests, used once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ostiary.errors import Denied
from ostiary.identity import events
from ostiary.identity.factors.telling import tell
from ostiary.identity.services import Services, Visit
from ostiary.identity.sessions import Session
from ostiary.identity.storage import factors
from ostiary.identity.storage.database import AsyncConnection

__all__ = ["AMR", "COUNT", "make", "proven"]

AMR: Final = ("otp",)  # RFC 8176 section 2: used once; it has no nearer word
COUNT: Final = 10
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # 32, without letters that are read as others
_READ_AS: Final = str.maketrans("ilo", "110")
_LENGTH: Final = (
    12  # characters of 5 bits: look-up secrets below 112 bits are throttled (NIST SP 800-63B-4 section 3.1.2.2)
)
_GROUP: Final = 4
_LONGEST: Final = 64


async def make(services: Services, visit: Visit, session: Session) -> tuple[str, ...]:
    """A new set, for its owner's eyes now and never again; the set before is dead.

    :raises Denied: 409 where no second factor is set up that they could stand in for.
    """
    texts = [_text(services.entropy(_LENGTH)) for _ in range(COUNT)]
    macs = [_mac(services, session.user_id, each) for each in texts]
    async with services.database.write() as connection:
        found = await factors.hold(connection, session.user_id)
        if not found.totp and not found.passkeys:
            raise Denied(409, "set up an authenticator app or a passkey first")
        await factors.replace_codes(connection, session.user_id, macs, services.now())
        await tell(services, connection, visit, session, "recovery-codes.made", "recovery-codes-made")
    return tuple("-".join(each[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP)) for each in texts)


@asynccontextmanager
async def proven(services: Services, visit: Visit, session: Session, code: str) -> AsyncIterator[AsyncConnection]:
    """The transaction in which a code is used up: ``async with`` it, do what the code allows.

    :raises Denied: 403 when it is wrong or was used; 429 from the gate.
    """
    async with services.gate.guess(visit, "recovery-code", session.user_id) as guess:
        plain = _plain(code)
        if plain is None:
            raise _wrong()
        mac = _mac(services, session.user_id, plain)
        async with services.database.write() as connection:
            good = await factors.take_code(connection, mac, session.user_id, services.now())
            if good:
                left = str((await factors.set_up(connection, session.user_id)).codes)
                await tell(services, connection, visit, session, "recovery-code.used", "recovery-code-used", left=left)
                yield connection
            else:
                await _count_failure(services, connection, visit, session.user_id)
        if not good:
            raise _wrong()
        guess.good()


async def _count_failure(services: Services, connection: AsyncConnection, visit: Visit, user_id: str) -> None:
    await events.record(connection, services, "factor.failed", user_id=user_id, visit=visit, factor="recovery-code")


def _text(chance: bytes) -> str:
    return "".join(_ALPHABET[each & 31] for each in chance)


def _plain(code: str) -> str | None:
    """As it was made: without groups, in lower case, with letters that look like digits read as those."""
    if len(code) > _LONGEST:
        return None
    plain = "".join(code.split()).replace("-", "").lower().translate(_READ_AS)
    return plain if len(plain) == _LENGTH and set(plain) <= set(_ALPHABET) else None


def _mac(services: Services, user_id: str, plain: str) -> bytes:
    return services.ring.digest(plain.encode(), f"recovery_codes:{user_id}")


def _wrong() -> Denied:
    return Denied(403, "the code is not right, or was used before")
