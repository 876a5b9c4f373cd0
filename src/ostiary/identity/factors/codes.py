"""A short code proves one thing, of one account, in one session: five tries, one use, and a newer one ends it.

Such codes prove that a contact is somebody's own, and are no factor of a sign-in (NIST SP 800-63B-4 section 3.1.3.1 rules
e-mail out for that). They leave by mail or text alone: no reply, header or log has them.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from ostiary.errors import Denied
from ostiary.identity.ids import new_id
from ostiary.identity.services import Services, Visit
from ostiary.identity.storage import challenges
from ostiary.identity.storage.challenges import Bond
from ostiary.identity.storage.database import AsyncConnection

__all__ = ["Bond", "Issued", "issue", "proven"]

TRIES: Final = 5
_DIGITS: Final = 6  # five tries of a million, and the gate counts across codes
_LENGTHS: Final = range(6, 9)
_LONGEST: Final = 32  # characters of what is typed


@dataclass(frozen=True, slots=True)
class Issued:
    """A code that was made: `id` is for who asked, `code` for the mail or text alone."""

    id: str
    code: str = field(repr=False)


async def issue(
    services: Services, connection: AsyncConnection, bond: Bond, *, payload: bytes = b"", digits: int = _DIGITS
) -> Issued:
    """Make a code, in the transaction that also puts the message with it into the outbox. Its sender paces: `gate.send`.

    :param bond: the account and session that ask, and what for.
    :param payload: what the code would allow, kept sealed.
    :param digits: 6 to 8.
    """
    if digits not in _LENGTHS or bond.user_id is None or not bond.session_id:
        msg = "a code has six to eight digits, and belongs to an account and a session"
        raise ValueError(msg)
    now = services.now()
    made = Issued(new_id(services.entropy), f"{int.from_bytes(services.entropy(16)) % 10**digits:0{digits}}")
    await challenges.add(
        connection,
        made.id,
        bond,
        _mac(services, made.id, bond, made.code),
        tries=TRIES,
        now=now,
        expires_at=now + services.settings.lifetimes.one_time_code,
        payload=services.ring.seal(payload, f"challenges.payload:{made.id}"),
    )
    return made


@asynccontextmanager
async def proven(
    services: Services, visit: Visit, challenge_id: str, bond: Bond, code: str
) -> AsyncIterator[tuple[AsyncConnection, bytes]]:
    """The transaction in which a code is used up, and the payload: ``async with`` it, do what the code allows.

    A try is spent before the code is looked at, in a transaction of its own, so that parallel guesses share the five.
    When the block raises, nothing of it happened, and the code can be tried again if tries are left.

    :raises Denied: 403 when the code is wrong, expired, used, replaced, or of another account, session or purpose: all
        alike; 429 from the gate.
    """
    async with services.gate.guess(visit, "code", bond.user_id or "") as guess:
        async with services.database.write() as connection:
            kept = await challenges.spend_try(connection, challenge_id, bond, services.now())
        given = _mac(services, challenge_id, bond, code.strip()[:_LONGEST])
        if kept is None or not hmac.compare_digest(kept, given):
            raise _wrong()
        async with services.database.write() as connection:
            used = await challenges.use(connection, challenge_id, services.now())
            if used is None:
                raise _wrong()
            sealed = used[0]
            yield (
                connection,
                b"" if sealed is None else services.ring.open(sealed, f"challenges.payload:{challenge_id}"),
            )
        guess.good()


def _mac(services: Services, challenge_id: str, bond: Bond, code: str) -> bytes:
    """Keyed: a plain hash of six digits is the six digits. Every part is bound in, and none can run into the next."""
    place = ":".join(("challenges.code", challenge_id, bond.purpose, bond.user_id or "", bond.session_id))
    return services.ring.digest(code.encode(), place)


def _wrong() -> Denied:
    return Denied(403, "the code is not right, or not valid any longer")
