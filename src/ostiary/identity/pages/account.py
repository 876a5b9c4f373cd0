"""Pages of somebody's own account: each shows what the calls of the JSON API show, and does what they do."""

from __future__ import annotations

from typing import Any, Final

from ostiary.errors import Denied
from ostiary.identity import cookies, events, sessions
from ostiary.identity.api import consents, me_sessions
from ostiary.identity.factors import stepping
from ostiary.identity.factors.owed import owed
from ostiary.identity.flows import contacts, exporting, leaving, naming, passwords, standing
from ostiary.identity.pages.turns import Turn, at, form, said, shown
from ostiary.identity.pages.visitors import after, onward
from ostiary.identity.web import Response
from ostiary.strict import dumps

__all__ = ["ROUTES"]

_EVENTS: Final = 50


async def account(turn: Turn) -> Response:
    """What is known of the account, and what is in its way."""
    return _account(turn)


def _account(turn: Turn, denied: Denied | None = None, *fields: str, **more: Any) -> Response:
    if denied is not None:
        more |= {"status": denied.status, "error": said(denied), "wrong": at(denied, *fields)}
    limits = standing.limits(turn.user) if turn.user is not None else ()
    return turn.show("account", limits=limits, texts=turn.services.outgoing.can_text, **{"challenge": "", **more})


async def renamed(turn: Turn) -> Response:
    """Another name."""
    try:
        await naming.rename(turn.services, turn.visit, turn.here, turn.wanted("name", 400))
    except Denied as denied:
        return _account(turn, denied, "name")
    return turn.go("/account")


async def email_asked(turn: Turn) -> Response:
    """Another address: it has to show itself before it counts."""
    try:
        await contacts.ask_email(turn.services, turn.visit, turn.here, turn.wanted("email", 320))
    except Denied as denied:
        return _account(turn, denied, "email")
    return turn.show("mail_sent", what="address")


async def phone_asked(turn: Turn) -> Response:
    """Another number: a code is sent to it."""
    try:
        challenge = await contacts.ask_phone(turn.services, turn.visit, turn.here, turn.wanted("phone", 40))
    except Denied as denied:
        return _account(turn, denied, "phone")
    return _account(turn, notice="We have sent a code to that number.", challenge=challenge)


async def phone_confirmed(turn: Turn) -> Response:
    """The code."""
    challenge = turn.wanted("challenge", 100)
    try:
        await contacts.confirm_phone(turn.services, turn.visit, turn.here, challenge, turn.wanted("code", 20))
    except Denied as denied:
        return _account(turn, denied, "code", challenge=challenge)
    return turn.go("/account")


async def password(turn: Turn) -> Response:
    """The form for another password."""
    return _password(turn)


def _password(turn: Turn, **refused: Any) -> Response:
    has = turn.user is not None and turn.user.password_hash is not None
    return turn.show("password", has=has, shortest=turn.services.settings.passwords.shortest, **refused)


async def password_changed(turn: Turn) -> Response:
    """Change it; all other sessions end."""
    current, new = turn.wanted("current", 4096), turn.wanted("password", 4096)
    try:
        _, secret = await passwords.change(turn.services, turn.visit, turn.here, current, new)
    except Denied as denied:
        wrong = at(denied, "password" if denied.faults else "current")
        return _password(turn, status=denied.status, error=said(denied), wrong=wrong)
    return turn.show("done", cookies_set=(cookies.session_cookie(secret),), what="password")


async def sessions_page(turn: Turn) -> Response:
    """All sessions, with a button for each."""
    listed = await sessions.list_sessions(turn.services, turn.here.user_id)
    return turn.show("sessions", listed=listed, own=turn.here.id)


async def session_ended(turn: Turn) -> Response:
    """End one, all others, or all."""
    which = turn.wanted("which", 40)
    if which == "others":
        await me_sessions.end_several(turn.services, turn.asked())
    elif which == "all":
        await me_sessions.end_several(turn.services, turn.asked(query={"this": "true"}))
        return turn.go("/", cookies_set=(cookies.no_session(),), headers=cookies.LEAVING)
    else:
        await me_sessions.end_one(turn.services, turn.asked(path={"id": which}))
        if which == turn.here.id:
            return turn.go("/", cookies_set=(cookies.no_session(),), headers=cookies.LEAVING)
    return turn.go("/account/sessions")


async def history(turn: Turn) -> Response:
    """What happened to the account."""
    told = await events.read(turn.services, user_id=turn.here.user_id, most=_EVENTS)
    return turn.show("history", told=told)


async def applications(turn: Turn) -> Response:
    """Who may act for the account."""
    answer = await consents.shown(turn.services, turn.asked())
    return turn.show("applications", listed=answer.body.consents)


async def application_ended(turn: Turn) -> Response:
    """Take it back."""
    await consents.withdraw(turn.services, turn.asked(), turn.wanted("client", 200))
    return turn.go("/account/applications")


async def export(turn: Turn) -> Response:
    """Everything that is kept of the account, as a file."""
    found = await exporting.export(turn.services, turn.visit, turn.here)
    response = Response(dumps(found), media_type="application/json")
    response.headers["content-disposition"] = 'attachment; filename="account.json"'
    response.headers["cache-control"] = "no-store"
    return response


async def leave(turn: Turn) -> Response:
    """Ask whether the account is to be deleted."""
    return turn.show("leave")


async def left(turn: Turn) -> Response:
    """Delete it."""
    if turn.wanted("sure", 10) != "yes":
        return turn.show("leave", status=422, error="Tick the box first.", wrong=("sure",))
    await leaving.leave(turn.services, turn.visit, turn.here)
    turn.session = turn.user = None
    return turn.show("done", cookies_set=(cookies.no_session(),), what="deleted")


async def confirm(turn: Turn) -> Response:
    """Show that it is you, before something sensitive."""
    return await _confirm(turn)


async def _confirm(turn: Turn, **refused: Any) -> Response:
    async with turn.services.database.read() as connection:
        ways = await owed(connection, turn.here.user_id)
    return turn.show("confirm", ways=ways, next=onward(turn), onward=after(turn), **refused)


async def confirmed(turn: Turn) -> Response:
    """A password where that is the strongest there is, else a code."""
    code = turn.wanted("code", 64)
    try:
        if code:
            _, secret = await stepping.by_totp(turn.services, turn.visit, turn.here, code)
        else:
            _, secret = await stepping.by_password(turn.services, turn.visit, turn.here, turn.wanted("password", 4096))
    except Denied as denied:
        wrong = at(denied, "code" if code else "password")
        return await _confirm(turn, status=denied.status, error=said(denied), wrong=wrong)
    return turn.go(after(turn), cookies_set=(cookies.session_cookie(secret),))


ROUTES: Final = (
    ("/account", ("GET",), shown(account, access="session", path="GET /me")),
    ("/account/name", ("POST",), form(renamed, purpose="name", access="session", path="PATCH /me")),
    ("/account/email/change", ("POST",), form(email_asked, purpose="email", access="fresh", path="POST /me/email")),
    ("/account/phone", ("POST",), form(phone_asked, purpose="phone", access="fresh", path="POST /me/phone")),
    (
        "/account/phone/code",
        ("POST",),
        form(phone_confirmed, purpose="phone-code", access="session", path="POST /me/phone/confirmation"),
    ),
    ("/account/password", ("GET",), shown(password, access="fresh", path="PUT /me/password")),
    (
        "/account/password",
        ("POST",),
        form(password_changed, purpose="password", access="fresh", path="PUT /me/password"),
    ),
    ("/account/sessions", ("GET",), shown(sessions_page, access="session", path="GET /me/sessions")),
    (
        "/account/sessions",
        ("POST",),
        form(session_ended, purpose="sessions", access="session", path="DELETE /me/sessions"),
    ),
    ("/account/history", ("GET",), shown(history, access="session", path="GET /me/events")),
    ("/account/applications", ("GET",), shown(applications, access="session", path="GET /me/consents")),
    (
        "/account/applications",
        ("POST",),
        form(application_ended, purpose="applications", access="session", path="DELETE /me/consents/{client_id}"),
    ),
    ("/account/export", ("POST",), form(export, purpose="export", access="fresh", path="GET /me/export")),
    ("/account/leave", ("GET",), shown(leave, access="fresh", path="DELETE /me")),
    ("/account/leave", ("POST",), form(left, purpose="leave", access="fresh", path="DELETE /me")),
    ("/account/confirm", ("GET",), shown(confirm, access="session", path="POST /me/fresh")),
    ("/account/confirm", ("POST",), form(confirmed, purpose="confirm", access="session", path="POST /me/fresh")),
)
