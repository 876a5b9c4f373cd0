"""A device without a keyboard asks, a person elsewhere sees what asks and from where, and decides once (RFC 8628)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ostiary.errors import AccessDenied, Denied, InvalidGrant, OAuthError
from ostiary.identity.events import record
from ostiary.identity.ids import new_id, new_secret
from ostiary.identity.oauth.asking import State
from ostiary.identity.oauth.granting import tokens_of
from ostiary.identity.oauth.replies import answered
from ostiary.identity.oauth.steps import walk
from ostiary.identity.services import Services, Visit
from ostiary.identity.sessions import Ended, announce, end_family
from ostiary.identity.storage import clients, devices, grants
from ostiary.identity.storage.clients import Client
from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.devices import Device
from ostiary.identity.web import Request, Response
from ostiary.parts.sealing import Unsealable, hashed

if TYPE_CHECKING:
    from ostiary.identity.sessions import Session

__all__ = ["ROUTES", "Asking", "decide", "look", "normal", "redeem", "shown"]

LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"  # RFC 8628 section 6.1: no vowels, so no words; 20^8 is 2^34.5
LENGTH: Final = 8
INTERVAL: Final = 5.0  # seconds between two questions of a device; so much more each time that it does not wait
_SLACK: Final = 0.5  # seconds that a question may come early: networks are not clocks
_TRIES: Final = 5  # of finding a user code that nobody has
_KEPT: Final = 3600.0  # seconds that a lapsed row stays, to say "expired"
_PLACE: Final = "devices.user_code"
_WRONG: Final = "the device code is not good for this client and key, or not any more"
_NO_SUCH: Final = "no device waits under this code"
_TYPED: Final = re.compile(r"[A-Za-z \-]{8,24}")


class AuthorizationPending(OAuthError):  # noqa: N818 - a state, not a fault
    """The person has not decided yet (section 3.5)."""

    code = "authorization_pending"
    may_redirect = False


class SlowDown(OAuthError):  # noqa: N818 - as above
    """The device asks too often; five seconds more from now on."""

    code = "slow_down"
    may_redirect = False


class ExpiredToken(OAuthError):  # noqa: N818 - as above
    """Nobody decided in time."""

    code = "expired_token"
    may_redirect = False


@dataclass(frozen=True, slots=True)
class Asking:
    """What a person is shown before they let a device in (section 5.4): they must be able to see that it is not theirs.

    :param code: as it stands on the device.
    :param source: the address that the device asked from; "" where it is not known.
    :param agent: what it calls itself, in its own words.
    :param asked_at: seconds since the epoch.
    """

    client: Client
    code: str
    scopes: tuple[str, ...]
    audience: str
    source: str
    agent: str
    asked_at: float


# the device asks


async def _ask(state: State) -> Response:
    services, now = state.services, state.services.now()
    secret = new_secret(services.entropy)
    name = hashed(secret.encode())
    lives = float(services.settings.lifetimes.device)

    def sealed(column: str, text: str) -> bytes | None:
        return services.ring.seal(text.encode("utf-8", "replace"), devices.place(column, name)) if text else None

    async with services.database.write() as connection:
        await devices.forget(connection, now - _KEPT)
        code = await _free_code(services, connection)
        await devices.add(connection, Device(
            hash=name, user_code=_mac(services, code), client_id=state.client.id, scopes=state.scopes,
            audience=state.audience, jkt=state.jkt or None, interval=INTERVAL, created_at=now, expires_at=now + lives,
            source=sealed("source", state.visit.source), agent=sealed("agent", state.visit.agent),
        ))  # fmt: skip
    page = f"{services.issuer}/device"
    return answered({
        "device_code": secret,
        "user_code": shown(code),
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={shown(code)}",
        "expires_in": int(lives),
        "interval": int(INTERVAL),
    })  # fmt: skip


async def _free_code(services: Services, connection: AsyncConnection) -> str:
    for _ in range(_TRIES):
        code = _new_code(services)
        if not await devices.is_taken(connection, _mac(services, code)):
            return code
    raise Denied(503, "try again in a moment", {"retry-after": "5"})


def _new_code(services: Services) -> str:
    """Letters, each as likely as the next: bytes that would favour some are thrown away."""
    code = ""
    while len(code) < LENGTH:
        for byte in services.entropy(LENGTH):
            if byte < 256 - 256 % len(LETTERS):
                code += LETTERS[byte % len(LETTERS)]
    return code[:LENGTH]


def shown(code: str) -> str:
    """A user code as people read it."""
    return f"{code[:4]}-{code[4:]}"


def normal(typed: str) -> str:
    """A user code as it was meant: case, dashes and blanks do not matter; "" when it cannot be one."""
    if _TYPED.fullmatch(typed) is None:
        return ""
    code = re.sub("[ -]", "", typed).upper()
    return code if len(code) == LENGTH and all(each in LETTERS for each in code) else ""


def _mac(services: Services, code: str) -> bytes:
    return services.ring.digest(code.encode(), _PLACE)


# a person decides


async def look(services: Services, visit: Visit, session: Session, typed: str) -> Asking:
    """What waits under the code that a person typed. It decides nothing; `decide` does.

    :raises Denied: 404 when nothing waits under it; 429 after too many that were wrong; 403 in half a session.
    """
    _whole(session)
    async with services.gate.guess(visit, "user-code", session.user_id) as guess:
        code = normal(typed)
        async with services.database.read() as connection:
            device = await devices.by_user_code(connection, _mac(services, code), services.now()) if code else None
            client = await clients.by_id(connection, device.client_id) if device is not None else None
        if device is None or client is None:
            raise Denied(404, _NO_SUCH)
        guess.good()
    source, agent = (_opened(services, device, each) for each in ("source", "agent"))
    return Asking(client, shown(code), device.scopes, device.audience, source, agent, device.created_at)


async def decide(services: Services, visit: Visit, session: Session, typed: str, *, allow: bool) -> None:
    """Let a device in, or not: once, whoever else has the code.

    The caller has shown what `look` says, and the person agreed to that; that the form came from our own page is for
    the caller to check.

    :raises Denied: as `look`.
    """
    _whole(session)
    async with services.gate.guess(visit, "user-code", session.user_id) as guess:
        code = normal(typed)
        if not code:
            raise Denied(404, _NO_SUCH)
        async with services.database.write() as connection:
            await _decided(services, connection, visit, session, _mac(services, code), allow=allow)
        guess.good()


def _whole(session: Session) -> None:
    if session.pending:
        raise Denied(403, "the second factor is owed first")


async def _decided(
    services: Services, connection: AsyncConnection, visit: Visit, session: Session, mac: bytes, *, allow: bool
) -> None:
    now = services.now()
    device = await devices.by_user_code(connection, mac, now)
    client = await clients.by_id(connection, device.client_id) if device is not None else None
    if device is None or client is None:
        raise Denied(404, _NO_SUCH)
    family = None
    if allow:
        family = grants.Family(
            id=new_id(services.entropy), client_id=client.id, user_id=session.user_id, session_id=session.id,
            scopes=device.scopes, audience=device.audience, created_at=now,
            expires_at=now + float(services.settings.lifetimes.refresh), jkt=device.jkt,
            offline="offline_access" in device.scopes, auth_time=session.authenticated_at, amr=" ".join(session.factors),
        )  # fmt: skip
        await grants.add_family(connection, family)
    state = "allowed" if family is not None else "denied"
    if not await devices.decide(connection, mac, now, state, family.id if family is not None else None):
        raise Denied(404, _NO_SUCH)
    await record(
        connection,
        services,
        f"device.{state}",
        user_id=session.user_id,
        actor=session.user_id,
        visit=visit,
        client=client.id,
    )


def _opened(services: Services, device: Device, column: str) -> str:
    sealed = device.source if column == "source" else device.agent
    try:
        return services.ring.open(sealed, devices.place(column, device.hash)).decode() if sealed else ""
    except Unsealable:
        return ""


# the device comes back


async def redeem(state: State) -> dict[str, Any]:
    """What the token endpoint answers to a device code (section 3.4): tokens once, or how things stand.

    :raises OAuthError: ``authorization_pending``, ``slow_down``, ``access_denied``, ``expired_token``, ``invalid_grant``.
    """
    services, client = state.services, state.client
    name = hashed(state.want("device_code").encode())
    answer, ended, refusal = None, Ended(), OAuthError("")
    async with services.database.write(f"device:{name.hex()}") as connection:
        device = await devices.use(connection, name, client.id, state.jkt, services.now())
        standing = device.family_id if device is not None and device.family_id else ""
        family = await grants.standing(connection, standing, services.now())  # they may have signed out since
        if family is not None:
            if state.jkt and family.jkt is None:
                await grants.bind(connection, family.id, state.jkt)
            answer = await tokens_of(services, connection, client, family, scopes=family.scopes, jkt=state.jkt)
        elif device is not None:
            refusal = InvalidGrant(_WRONG)
        else:  # what is noted here must stay, so nothing is raised inside
            refusal, ended = await _standing(state, connection, name)
    await announce(services, ended)
    if answer is None:
        raise refusal
    return answer


async def _standing(state: State, connection: AsyncConnection, name: bytes) -> tuple[OAuthError, Ended]:
    """Why a device code gives nothing now; a question that came too early makes the next one wait longer."""
    now = state.services.now()
    device = await devices.by_code(connection, name, state.client.id)
    if device is None or (device.jkt and device.jkt != state.jkt):
        return InvalidGrant(_WRONG), Ended()
    if device.used_at is not None:
        return InvalidGrant(_WRONG), await _replayed(state, connection, device)
    if device.expires_at <= now:
        return ExpiredToken("nobody decided in time"), Ended()
    if device.state == "denied":
        return AccessDenied("the person did not agree"), Ended()
    early = device.polled_at is not None and now < device.polled_at + device.interval - _SLACK
    interval = device.interval + INTERVAL if early else device.interval
    await devices.noted(connection, device.hash, now, interval)
    if early:
        return SlowDown(f"wait {interval:.0f} seconds between two questions"), Ended()
    return AuthorizationPending("nobody has decided yet"), Ended()


async def _replayed(state: State, connection: AsyncConnection, device: Device) -> Ended:
    """Somebody has a device code that was used: whoever used it may not be who should have (as with codes, RFC 9700)."""
    services = state.services
    if device.family_id is None or not await grants.end_family(
        connection, device.family_id, services.now(), "replayed"
    ):
        return Ended()
    await record(
        connection, services, "code.replayed", actor=f"client:{state.client.id}", visit=state.visit, client=state.client.id,
        family=device.family_id,
    )  # fmt: skip
    return await end_family(services, connection, device.family_id, "device code replayed")


async def _endpoint(services: Services, request: Request) -> Response:
    return await walk(services, request, "device_authorization", _ask)


ROUTES: Final = (("/oauth/device_authorization", ("POST",), _endpoint),)
