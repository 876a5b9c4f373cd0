"""Pages of second factors: a secret is shown once, on the page that makes it, and nothing is set up before it was proven."""

from __future__ import annotations

from typing import Any, Final

from ostiary.errors import Denied
from ostiary.identity.factors import passkeys, recovery, totp
from ostiary.identity.pages.turns import Turn, at, form, said, shown
from ostiary.identity.storage import factors
from ostiary.identity.web import Response

__all__ = ["ROUTES"]

_PATH: Final = "POST /me/factors/totp"


async def overview(turn: Turn) -> Response:
    """What is set up."""
    return await _overview(turn)


async def _overview(turn: Turn, **more: Any) -> Response:
    user, ring = turn.here.user_id, turn.services.ring
    async with turn.services.database.read() as connection:
        app = await factors.totp_of(connection, ring, user)
        keys = await factors.passkeys_of(connection, ring, user)
        left = (await factors.set_up(connection, user)).codes
    listed = [(passkeys.reference_of(each.id), each.name, each) for each in keys]
    given: dict[str, Any] = {"enrolment": None, "retried": "", "codes": (), **more}
    return turn.show("factors", app=app, keys=listed, left=left, **given)


async def app_begun(turn: Turn) -> Response:
    """Show the secret of a new app."""
    return await _overview(turn, enrolment=await totp.begin(turn.services, turn.here))


async def app_confirmed(turn: Turn) -> Response:
    """Its first code."""
    app = turn.wanted("app", 40)
    try:
        await totp.confirm(turn.services, turn.visit, turn.here, app, turn.wanted("code", 64))
    except Denied as denied:
        return await _overview(
            turn, status=denied.status, error=said(denied), retried=app, wrong=at(denied, "code")
        )  # fmt: skip
    return turn.go("/account/factors")


async def app_removed(turn: Turn) -> Response:
    """No app any more."""
    await totp.remove(turn.services, turn.visit, turn.here)
    return turn.go("/account/factors")


async def passkey_removed(turn: Turn) -> Response:
    """One passkey less."""
    try:
        await passkeys.remove(turn.services, turn.visit, turn.here, turn.wanted("passkey", 64))
    except Denied as denied:
        return await _overview(turn, status=denied.status, error=said(denied))
    return turn.go("/account/factors")


async def codes_made(turn: Turn) -> Response:
    """A new set of recovery codes, shown this once."""
    try:
        codes = await recovery.make(turn.services, turn.visit, turn.here)
    except Denied as denied:
        return await _overview(turn, status=denied.status, error=said(denied))
    return await _overview(turn, codes=codes)


ROUTES: Final = (
    ("/account/factors", ("GET",), shown(overview, access="fresh", path=_PATH)),
    ("/account/factors/app", ("POST",), form(app_begun, purpose="app", access="fresh", path=_PATH)),
    ("/account/factors/app/code", ("POST",), form(app_confirmed, purpose="app-code", access="fresh", path=_PATH)),
    ("/account/factors/app/removal", ("POST",), form(app_removed, purpose="app-removal", access="fresh", path=_PATH)),
    (
        "/account/factors/passkey/removal",
        ("POST",),
        form(passkey_removed, purpose="key-removal", access="fresh", path=_PATH),
    ),
    ("/account/factors/codes", ("POST",), form(codes_made, purpose="codes", access="fresh", path=_PATH)),
)
