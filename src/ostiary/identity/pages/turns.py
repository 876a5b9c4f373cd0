"""A page is shown or a form is taken by one turn: who may, whose form it is, and where it may lead, before any flow runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.errors import Denied
from ostiary.identity import cookies, sessions
from ostiary.identity.dispatch import Handler
from ostiary.identity.factors.owed import owed
from ostiary.identity.flows import standing
from ostiary.identity.pages.rendering import page
from ostiary.identity.services import Services, Visit
from ostiary.identity.storage import users
from ostiary.identity.storage.users import User
from ostiary.identity.web import Asked, Request, Response, fields_of, visit_of

__all__ = ["NEXT", "Page", "Turn", "at", "form", "said", "shown"]

# Where a sign-in may lead, besides an authorization request that waits (its handle is looked up, not believed).
NEXT: Final = frozenset(
    {
        "/account", "/account/applications", "/account/email", "/account/factors", "/account/history", "/account/leave",
        "/account/password", "/account/sessions", "/console", "/device", "/verify",
    }
)  # fmt: skip
# Where somebody goes on who sent a form and had to show first that it is them: the page that the form is on.
_PAGES: Final = {
    "/account/email/change": "/account", "/account/phone": "/account", "/account/phone/code": "/account",
    "/account/name": "/account", "/account/export": "/account", "/device/answer": "/device",
}  # fmt: skip
# A mailed link has a token in its address, and a redirect must not pass that on.
_QUIET: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
_TYPED: Final = frozenset({401, 403, 404, 409, 422})  # refusals of what somebody typed


@dataclass(slots=True)
class Turn:
    """One request for a page.

    :param browser: the id of this browser before anybody is signed in; `fresh_browser` when it has to be given one.
    :param fields: of the form; a field that is sent twice is refused.
    """

    services: Services
    request: Request
    visit: Visit
    session: sessions.Session | None
    user: User | None
    browser: str
    new_browser: bool
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def bound(self) -> sessions.Session | str:
        """What forms are bound to: the session, or the browser where nobody is signed in."""
        return self.session or self.browser

    @property
    def here(self) -> sessions.Session:
        """The session, where a page wants one."""
        if self.session is None:
            raise Denied(401, "sign in first")
        return self.session

    def token(self, purpose: str) -> str:
        """A hidden field for a form of this page."""
        return cookies.form_token(self.services, self.bound, purpose)

    def show(
        self,
        template: str,
        *,
        status: int = 200,
        cookies_set: Sequence[str] = (),
        form_targets: Sequence[str] = (),
        **values: Any,
    ) -> Response:
        """Render a page for this person."""
        given = [*cookies_set]
        if self.new_browser:
            given.append(cookies.browser_cookie(self.browser))
        signed_in = self.session is not None and not self.session.pending
        return page(
            self.services, template, status=status, cookies=given, form_targets=form_targets, signed_in=signed_in,
            token=self.token, user=self.user, fields=self.fields, **values,
        )  # fmt: skip

    def go(self, path: str, *, cookies_set: Sequence[str] = (), headers: Mapping[str, str] | None = None) -> Response:
        """Lead to another page of ours; what a form asked for is done, and is not done again by loading anew."""
        response = Response(status_code=303, headers={**_QUIET, "location": path, **(headers or {})})
        for each in cookies_set:
            response.raw_headers.append((b"set-cookie", each.encode("latin-1")))
        return response

    def asked(self, *, path: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None) -> Asked:
        """The same request as calls of the JSON API see it: what a page does is done by them."""
        return Asked(self.request, self.visit, self.session, None, path or {}, query or {})

    def wanted(self, name: str, longest: int = 1024) -> str:
        """A field of the form; "" where it is missing.

        :raises Denied: 422 when it is longer than any real one.
        """
        value = self.fields.get(name, "")
        if len(value) > longest:
            raise Denied(422, "a field is too long")
        return value


Page = Callable[[Turn], Awaitable[Response]]


def shown(act: Page, *, access: str = "public", path: str = "") -> Handler:
    """The handler of a page.

    :param access: "public", "pending", "session", "fresh" or "operator", as calls have it; who may not is led to where
        they can.
    :param path: of the call whose limits (`standing`) hold for it: a page does no more than its call.
    """

    async def handle(services: Services, request: Request) -> Response:
        turn = await _turn(services, request)
        return await _led_elsewhere(turn, access, path) or await _answered(turn, act)

    return handle


def form(act: Page, *, purpose: str, access: str = "public", path: str = "", most: int = 64 * 1024) -> Handler:
    """The handler of a form: it came from our own page, given to this very session or browser.

    :param purpose: what its token was made for.
    :param most: bytes.
    """

    async def handle(services: Services, request: Request) -> Response:
        turn = await _turn(services, request)
        elsewhere = await _led_elsewhere(turn, access, path)
        if elsewhere is not None:
            return elsewhere
        try:
            cookies.check_csrf(request, services, turn.session)
            turn.fields = _once(await fields_of(request, most))
            cookies.check_form(services, turn.bound, purpose, turn.fields.get("token", ""))
        except Denied as denied:
            return turn.show("refused", status=denied.status, error=said(denied))
        captcha = turn.fields.get("captcha", "")
        if captcha:
            turn.visit = visit_of(request, captcha=captcha[:8192])
        return await _answered(turn, act)

    return handle


def _once(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise Denied(400, "the form has a field twice")
        found[name] = value
    return found


async def _turn(services: Services, request: Request) -> Turn:
    secret = cookies.secret_of(request)
    session = await sessions.read_session(services, secret) if secret else None
    user = None
    if session is not None:
        async with services.database.read() as connection:
            user = await users.by_id(connection, services.ring, session.user_id)
    browser = cookies.browser_of(request)
    fresh = not browser
    return Turn(
        services=services, request=request, visit=visit_of(request), session=session if user is not None else None,
        user=user, browser=browser or cookies.new_browser(services), new_browser=fresh,
    )  # fmt: skip


async def _led_elsewhere(turn: Turn, access: str, path: str) -> Response | None:
    if access == "public":
        return None
    back = _back(turn.request.url.path)
    if turn.session is None or turn.user is None:
        return turn.go(f"/sign-in{back}")
    if turn.session.pending:
        return None if access == "pending" else turn.go(f"/sign-in/factor{back}")
    if access == "pending":
        return turn.go("/account")
    if path:
        method, _, name = path.partition(" ")
        try:
            standing.check(turn.user, method, name)
        except Denied as denied:
            return turn.show("refused", status=denied.status, error=said(denied))
    refusal = await _operators_way(turn, turn.user, back) if access == "operator" else None
    if refusal is None and access in {"fresh", "operator"} and not sessions.is_fresh(turn.services, turn.session):
        return turn.go(f"/account/confirm{back}")
    return refusal


async def _operators_way(turn: Turn, user: User, back: str) -> Response | None:
    """That there is a door is told to those who have its key; they need a second factor, in this session."""
    if user.role != "operator":
        return turn.show("refused", status=404, error="There is no such page.")
    if sessions.is_strong(turn.here):
        return None
    async with turn.services.database.read() as connection:
        ways = await owed(connection, user.id)
    if ways:
        return turn.go(f"/account/confirm{back}")
    return turn.show("refused", status=403, error="Operators need a second factor.", way="/account/factors")


def _back(path: str) -> str:
    """The query that leads back to a page of ours, or to the one that a form is on."""
    if path.startswith("/account/factors/"):
        path = "/account/factors"
    path = _PAGES.get(path, path)
    return f"?next={path}" if path in NEXT else ""


async def _answered(turn: Turn, act: Page) -> Response:
    try:
        return await act(turn)
    except Denied as denied:
        return turn.show("refused", status=denied.status, error=said(denied))


def at(denied: Denied, *fields: str) -> tuple[str, ...]:
    """The fields that a refusal is about; none when it is about something else than what was typed.

    :param fields: those that may be wrong, where the refusal itself names none.
    """
    if denied.status not in _TYPED or (denied.members or {}).get("challenge"):
        return ()
    named = tuple(dict.fromkeys(pointer.rpartition("/")[2] for pointer, _ in denied.faults))
    known = tuple(each for each in fields if each in named)
    return known or fields


def said(denied: Denied) -> str:
    """A refusal as a sentence for people."""
    if "retry-after" in denied.headers and denied.status in {429, 503}:
        seconds = int(denied.headers["retry-after"])
        wait = f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"  # noqa: PLR2004 - two minutes
        return f"That was tried too often. Try again in {wait}." if denied.status == 429 else f"Try again in {wait}."  # noqa: PLR2004
    sentence = denied.reason[:1].upper() + denied.reason[1:]
    rules = "; ".join(rule for _, rule in denied.faults)
    return f"{sentence}: {rules}." if rules else f"{sentence}."
