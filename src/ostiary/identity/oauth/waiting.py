"""An authorization request is kept while somebody signs in or thinks it over; its handle works in that browser alone."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final

from ostiary.errors import LostRequest
from ostiary.identity import cookies
from ostiary.identity.ids import new_secret
from ostiary.identity.oauth.asking import State
from ostiary.identity.oauth.replies import sent_to
from ostiary.identity.services import Services
from ostiary.identity.storage import grants
from ostiary.identity.storage.grants import Kept
from ostiary.identity.web import Response
from ostiary.parts.sealing import hashed
from ostiary.strict import dumps, loads

__all__ = ["RESUME", "WAITING", "aside", "done", "kept_json", "opened_json", "take_back"]

WAITING: Final = "waiting"
RESUME: Final = "/oauth/resume"
_PATIENCE: Final = 1800.0  # seconds: long enough to register and find the mail
_LOST: Final = "the request is not waiting any more, or not in this browser"


def _place(name: bytes) -> str:
    return f"requests.parameters:{name.hex()}"


def kept_json(services: Services, name: bytes, value: Mapping[str, Any]) -> bytes:
    """What a row keeps of a request: sealed for this row."""
    return services.ring.seal(dumps(value), _place(name))


def opened_json(services: Services, kept: Kept) -> dict[str, Any]:
    """What `kept_json` kept."""
    found: dict[str, Any] = loads(services.ring.open(kept.parameters, _place(kept.hash)))
    return found


async def aside(state: State, page: str, **more: str) -> Response:
    """Keep the request, and send the person to a page of ours; `resume` brings them back with nothing but the handle."""
    set_cookies: tuple[str, ...] = ()
    if not state.waiting:
        browser = cookies.browser_of(state.request)
        if not browser:
            browser = cookies.new_browser(state.services)
            set_cookies = (cookies.browser_cookie(browser),)
        await _keep(state, browser)
    query = "".join(f"&{name}={value}" for name, value in more.items())
    return sent_to(f"{page}?next={state.waiting}{query}", *set_cookies)


async def _keep(state: State, browser: str) -> None:
    services, now = state.services, state.services.now()
    await services.gate.knock(state.visit, "authorize")  # strangers make rows here
    handle = new_secret(services.entropy)
    name = hashed(handle.encode())
    value = {"fields": state.fields, "pushed": state.pushed, "browser": hashed(browser.encode()).hex()}
    kept = Kept(name, state.client.id, kept_json(services, name, value), WAITING, now, now + _PATIENCE)
    async with services.database.write() as connection:
        await grants.keep_request(connection, kept)
    state.waiting = handle


async def take_back(state: State, handle: str) -> None:
    """Read a kept request into the state, as if it had been sent anew.

    :raises LostRequest: when it was answered, lapsed, or is another browser's.
    """
    services = state.services
    async with services.database.read() as connection:
        kept = await grants.look_request(connection, hashed(handle.encode()), WAITING, services.now())
    browser = hashed(cookies.browser_of(state.request).encode()).hex()
    value = {} if kept is None else opened_json(services, kept)
    if kept is None or not hmac.compare_digest(browser, value["browser"]):
        raise LostRequest(_LOST)
    state.sent = list(value["fields"].items())
    state.pushed, state.waiting, state.since = value["pushed"], handle, kept.created_at


async def done(state: State, connection: Any) -> bool:
    """Take the kept request out, once, in the transaction of its answer; whether it was still there."""
    if not state.waiting:
        return True
    name, now = hashed(state.waiting.encode()), state.services.now()
    return await grants.use_request(connection, name, WAITING, state.client.id, now) is not None
