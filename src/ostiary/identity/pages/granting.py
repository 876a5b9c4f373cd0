"""Pages on which people let applications and devices act for them: who asks, what for, and where the answer goes."""

from __future__ import annotations

from typing import Final

from ostiary.errors import Denied
from ostiary.identity.oauth import authorizing, devices
from ostiary.identity.oauth.consenting import meanings
from ostiary.identity.pages.turns import Turn, at, form, said, shown
from ostiary.identity.pages.visitors import onward
from ostiary.identity.web import Response

__all__ = ["ROUTES"]


async def consent(turn: Turn) -> Response:
    """What an application wants."""
    handle = onward(turn)
    asked = await authorizing.question(turn.services, turn.request, handle)
    if isinstance(asked, Response):
        return asked
    # Chromium applies form-action to the redirect behind the form; the address was proven to be this client's.
    return turn.show("consent", asked=asked, next=handle, form_targets=(asked.target,))


async def answered(turn: Turn) -> Response:
    """Yes or no."""
    allow, seen = turn.wanted("answer", 10) == "yes", turn.wanted("asked", 64)
    return await authorizing.decide(turn.services, turn.request, onward(turn), allow=allow, shown=seen)


async def device(turn: Turn) -> Response:
    """The form for a device's code."""
    typed = turn.request.query_params.get("user_code", "")[:20]
    return turn.show("device", typed=typed, asking=None, scopes=())


async def device_looked_up(turn: Turn) -> Response:
    """What waits under the code."""
    typed = turn.wanted("user_code", 40)
    try:
        asking = await devices.look(turn.services, turn.visit, turn.here, typed)
    except Denied as denied:
        return _device_refused(turn, denied)
    described = meanings(turn.services)
    scopes = [described.get(each, each) for each in asking.scopes]
    return turn.show("device", typed=typed, asking=asking, scopes=scopes)


def _device_refused(turn: Turn, denied: Denied) -> Response:
    return turn.show(
        "device",
        status=denied.status,
        error=said(denied),
        wrong=at(denied, "user_code"),
        typed="",
        asking=None,
        scopes=(),
    )


async def device_answered(turn: Turn) -> Response:
    """Let it in, or not."""
    allow = turn.wanted("answer", 10) == "yes"
    try:
        await devices.decide(turn.services, turn.visit, turn.here, turn.wanted("user_code", 40), allow=allow)
    except Denied as denied:
        return _device_refused(turn, denied)
    return turn.show("done", what="device" if allow else "device-denied")


_DEVICE: Final = "POST /device"  # what an account with an unproven address may not do

ROUTES: Final = (
    ("/consent", ("GET",), shown(consent, access="session")),
    ("/consent", ("POST",), form(answered, purpose="consent", access="session")),
    ("/device", ("GET",), shown(device, access="session", path=_DEVICE)),
    ("/device", ("POST",), form(device_looked_up, purpose="device", access="session", path=_DEVICE)),
    ("/device/answer", ("POST",), form(device_answered, purpose="device-answer", access="session", path=_DEVICE)),
)
