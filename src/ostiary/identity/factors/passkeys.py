"""A ceremony counts for one challenge, in one session or browser, for one purpose; origin and rp id are the issuer's."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from ostiary.errors import Denied
from ostiary.identity import events
from ostiary.identity.factors.telling import tell
from ostiary.identity.ids import new_id
from ostiary.identity.services import Services, Visit
from ostiary.identity.sessions import Session, age_others
from ostiary.identity.storage import challenges, factors, users
from ostiary.identity.storage.challenges import Bond
from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.factors import Passkey
from ostiary.identity.storage.users import User
from ostiary.parts import passkeys as webauthn
from ostiary.parts.passkeys import Asserted, Claims, Known, Relying, Unproven
from ostiary.parts.sealing import hashed

__all__ = [
    "FRESH", "MOST", "SECOND", "Proof", "ask", "ask_anybody", "ask_to_register", "in_browser", "proven", "reference_of",
    "register", "remove", "rename",
]  # fmt: skip

logger = logging.getLogger("ostiary.identity")

SIGN_IN: Final = "passkey.sign-in"
SECOND: Final = "passkey.second"
FRESH: Final = "passkey.fresh"
REGISTER: Final = "passkey.register"
MOST: Final = 20  # of one account
_CHALLENGE: Final = 32  # bytes; WebAuthn L3 section 13.4.3 wants 16 at the least
_LIVES: Final = 300.0  # seconds: WebAuthn L3 section 15.1 recommends five minutes


class Proof(NamedTuple):
    """Whose passkey it was, and how it counts (RFC 8176): "hwk" where the key cannot leave its device, else "swk"."""

    user: User
    amr: tuple[str, ...]


def in_browser(browser: str) -> Bond:
    """What a sign-in is bound to before anybody is known.

    :param browser: the value of the browser's cookie; never "".
    """
    return Bond(None, f"browser:{hashlib.sha256(browser.encode()).hexdigest()}", SIGN_IN)


async def ask_to_register(services: Services, session: Session) -> dict[str, Any]:
    """Options of ``navigator.credentials.create`` for a new passkey of this account.

    :raises Denied: 409 when it has too many already.
    """
    challenge = services.entropy(_CHALLENGE)
    async with services.database.write() as connection:
        user = await users.by_id(connection, services.ring, session.user_id)
        known = await factors.passkeys_of(connection, services.ring, session.user_id)
        if user is None or len(known) >= MOST:
            raise _too_many()
        await _keep(services, connection, Bond(user.id, session.id, REGISTER), challenge)
    return await asyncio.to_thread(
        webauthn.asked_to_register,
        _relying(services),
        challenge=challenge,
        user=_handle(user.id),
        account=user.email,
        name=user.name or "",
        known=[Known(each.id, each.transports) for each in known],
    )


async def register(
    services: Services, visit: Visit, session: Session, credential: Mapping[str, Any], name: str
) -> Passkey:
    """Keep a new passkey of this account.

    :param name: what its owner calls it.
    :raises Denied: 403 when it is not proven; 409 when its id is known already, whosever it is, or there are too many.
    """
    challenge = (await _claimed(services, Bond(session.user_id, session.id, REGISTER), credential)).challenge
    try:
        made = await asyncio.to_thread(webauthn.registered, credential, challenge=challenge, relying=_relying(services))
    except Unproven as error:
        raise _refused(str(error)) from error
    kept = Passkey(
        made.id, session.user_id, made.public_key, made.sign_count, name, made.transports, made.backed_up, services.now(), None
    )  # fmt: skip
    async with services.database.write() as connection:
        if (await factors.hold(connection, session.user_id)).passkeys >= MOST:
            raise _too_many()
        if not await factors.add_passkey(connection, services.ring, kept):
            raise Denied(409, "this passkey is registered already")
        await age_others(services, connection, session)
        await tell(services, connection, visit, session, "passkey.added", "factor-added", factor="A passkey")
    return kept


async def ask(services: Services, session: Session, purpose: str) -> dict[str, Any]:
    """Options of ``navigator.credentials.get`` for the passkeys of this session's account.

    :param purpose: `SECOND` or `FRESH`.
    :raises Denied: 409 when it has none.
    """
    challenge = services.entropy(_CHALLENGE)
    async with services.database.write() as connection:
        known = await factors.passkeys_of(connection, services.ring, session.user_id)
        if not known:
            raise Denied(409, "there is no passkey to sign in with")
        await _keep(services, connection, Bond(session.user_id, session.id, purpose), challenge)
    return await asyncio.to_thread(
        webauthn.asked_to_sign,
        _relying(services),
        challenge=challenge,
        known=[Known(each.id, each.transports) for each in known],
    )


async def ask_anybody(services: Services, visit: Visit, browser: str) -> dict[str, Any]:
    """Options of ``navigator.credentials.get`` for whoever is there: they name no account, so there is none to probe for.

    :param browser: the value of the browser's cookie.
    :raises Denied: 429 when this source asks too often.
    """
    await services.gate.knock(visit, "passkey")
    challenge = services.entropy(_CHALLENGE)
    async with services.database.write() as connection:
        await challenges.sweep(connection, services.now())
        await _keep(services, connection, in_browser(browser), challenge)
    return await asyncio.to_thread(webauthn.asked_to_sign, _relying(services), challenge=challenge)


@asynccontextmanager
async def proven(
    services: Services, visit: Visit, bond: Bond, credential: Mapping[str, Any]
) -> AsyncIterator[tuple[AsyncConnection, Proof]]:
    """The transaction in which a signature is counted, and whose it is: ``async with`` it, do what it allows.

    Only the source is counted at the gate: who is locked out by other people's guesses at a password comes in this way.

    :param bond: `in_browser`, or the session and what for.
    :raises Denied: 403 whatever is wrong, the challenge is used up all the same; 429 from the gate.
    """
    async with services.gate.guess(visit, "passkey") as guess:
        claimed = await _claimed(services, bond, credential)
        kept, user = await _found(services, claimed, bond)
        signed = await _signed(services, credential, claimed, kept)
        async with services.database.write() as connection:
            ahead = await factors.take_count(
                connection, kept.id, signed.sign_count, services.now(), backed_up=signed.backed_up
            )
            if ahead:
                yield connection, Proof(user, ("hwk" if signed.one_device else "swk", "user"))
            else:  # two authenticators may have the key: its owner should know
                await events.record(
                    connection, services, "factor.failed", user_id=user.id, visit=visit, factor="passkey", why="count"
                )
        if not ahead:
            raise _refused("its count went back")
        guess.good()


async def _found(services: Services, claimed: Claims, bond: Bond) -> tuple[Passkey, User]:
    """The key that a reply names, and its owner: who is known already owns it, who is not is named by the authenticator
    (WebAuthn L3 section 7.2 step 6).
    """
    async with services.database.read() as connection:
        kept = await factors.passkey(connection, services.ring, claimed.credential)
        user = None if kept is None else await users.by_id(connection, services.ring, kept.user_id)
    if kept is None or user is None or user.disabled_at is not None:
        raise _refused("unknown, or of a closed account")
    if bond.user_id not in {None, user.id} or claimed.user_handle not in {None, _handle(user.id)}:
        raise _refused("of another account")
    if bond.user_id is None and claimed.user_handle is None:
        raise _refused("of nobody in particular")
    return kept, user


async def _signed(services: Services, credential: Mapping[str, Any], claimed: Claims, kept: Passkey) -> Asserted:
    try:
        return await asyncio.to_thread(
            webauthn.asserted,
            credential,
            challenge=claimed.challenge,
            relying=_relying(services),
            public_key=kept.public_key,
        )
    except Unproven as error:
        raise _refused(str(error)) from error


def reference_of(credential_id: bytes) -> str:
    """What paths and lists call a passkey: as short as it is long the credential id."""
    return webauthn.encoded(hashed(credential_id))


async def rename(services: Services, session: Session, reference: str, name: str) -> None:
    """Call a passkey something else.

    :raises Denied: 404 when the account has no such one.
    """
    async with services.database.write() as connection:
        kept = await _own(services, connection, session.user_id, reference)
        await factors.rename_passkey(connection, services.ring, kept.id, session.user_id, name)


async def remove(services: Services, visit: Visit, session: Session, reference: str) -> None:
    """Take a passkey away; recovery codes go with the last second factor.

    :raises Denied: 404 when the account has no such one, 409 where nobody could sign in without it.
    """
    async with services.database.write() as connection:
        found = await factors.hold(connection, session.user_id)
        kept = await _own(services, connection, session.user_id, reference)
        if found.passkeys == 1 and not found.password:
            raise Denied(409, "this is the only way into the account: set a password or add another passkey first")
        await factors.remove_passkey(connection, kept.id, session.user_id)
        if found.passkeys == 1 and not found.totp:
            await factors.replace_codes(connection, session.user_id, (), services.now())
        await tell(services, connection, visit, session, "passkey.removed", "factor-removed", factor="A passkey")


async def _own(services: Services, connection: AsyncConnection, user_id: str, reference: str) -> Passkey:
    for each in await factors.passkeys_of(connection, services.ring, user_id):
        if reference_of(each.id) == reference:
            return each
    raise Denied(404, "no such resource")


async def _keep(services: Services, connection: AsyncConnection, bond: Bond, challenge: bytes) -> None:
    now = services.now()
    made = new_id(services.entropy)
    await challenges.add(connection, made, bond, hashed(challenge), tries=1, now=now, expires_at=now + _LIVES)


async def _claimed(services: Services, bond: Bond, credential: Mapping[str, Any]) -> Claims:
    """What a reply claims, its challenge used up: before anything is verified, so that none is tried twice."""
    try:
        claimed = webauthn.claims_of(credential)
    except Unproven as error:
        raise _refused(str(error)) from error
    async with services.database.write() as connection:
        ours = await challenges.answer(connection, hashed(claimed.challenge), bond, services.now())
    if not ours:
        raise _refused("no challenge of ours that waits")
    return claimed


def _handle(user_id: str) -> bytes:
    return uuid.UUID(user_id).bytes


def _relying(services: Services) -> Relying:
    return Relying.of(services.issuer, services.settings.title)


def _refused(why: str) -> Denied:
    logger.info("a passkey was refused: %s", why)
    return Denied(403, "the passkey was not accepted")


def _too_many() -> Denied:
    return Denied(409, f"an account has at most {MOST} passkeys")
