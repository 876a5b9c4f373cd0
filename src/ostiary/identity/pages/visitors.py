"""Pages for whoever is not signed in yet: register, sign in, the second factor, and signing out."""

from __future__ import annotations

import re
from typing import Any, Final

from ostiary.errors import Denied
from ostiary.identity import cookies, sessions
from ostiary.identity.factors import stepping
from ostiary.identity.factors.owed import owed
from ostiary.identity.flows import registering, signing_in
from ostiary.identity.pages.turns import NEXT, Turn, at, form, said, shown
from ostiary.identity.web import Response

__all__ = ["ROUTES", "after", "onward", "refusal"]

_HANDLE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def onward(turn: Turn) -> str:
    """What a page passes on of ``next``: a page of ours by name, or the handle of a request that waits; else nothing."""
    given = turn.fields.get("next", "") or turn.request.query_params.get("next", "")
    return given if given in NEXT or _HANDLE.fullmatch(given) else ""


def after(turn: Turn, home: str = "/account") -> str:
    """Where somebody goes who has done what was asked: never where a request alone says (CWE-601)."""
    given = onward(turn)
    if given in NEXT:
        return given
    return f"/oauth/resume?next={given}" if given else home


def refusal(denied: Denied | None, *fields: str) -> dict[str, Any]:
    """What a page says of a refusal: a sentence, the fields that are wrong, and the proof of work to be made, if any.

    :param fields: those of the form that may be wrong.
    """
    if denied is None:
        return {"captcha": None}
    found = (denied.members or {}).get("challenge")
    captcha = found if isinstance(found, dict) else None
    error = "Something more is needed before this is tried." if captcha else said(denied)
    return {"status": denied.status, "error": error, "captcha": captcha, "wrong": at(denied, *fields)}


async def home(turn: Turn) -> Response:
    """The start: the account of whoever is signed in, or the ways in."""
    if turn.session is not None:
        return turn.go("/sign-in/factor" if turn.session.pending else "/account")
    return turn.show("home", open=turn.services.settings.registration)


async def sign_in(turn: Turn) -> Response:
    """The form to sign in with."""
    if turn.session is not None and not turn.session.pending and not turn.request.query_params.get("again"):
        return turn.go(after(turn))
    return _sign_in(turn)


def _sign_in(turn: Turn, denied: Denied | None = None) -> Response:
    return turn.show(
        "sign_in", next=onward(turn), onward=after(turn), open=turn.services.settings.registration,
        **refusal(denied, "email", "password"),
    )  # fmt: skip


async def signed_in(turn: Turn) -> Response:
    """Address and password."""
    try:
        opened = await signing_in.sign_in(
            turn.services, turn.visit, turn.wanted("email", 320), turn.wanted("password", 4096), instead=turn.session
        )
    except Denied as denied:
        return _sign_in(turn, denied)
    given = (cookies.session_cookie(opened.secret),)
    if opened.session.pending:
        query = f"?next={onward(turn)}" if onward(turn) else ""
        return turn.go(f"/sign-in/factor{query}", cookies_set=given)
    return turn.go("/account/password" if opened.must_change_password else after(turn), cookies_set=given)


async def factor(turn: Turn) -> Response:
    """The form for the second factor."""
    return await _factor(turn)


async def _factor(turn: Turn, **refused: Any) -> Response:
    async with turn.services.database.read() as connection:
        ways = await owed(connection, turn.here.user_id)
    return turn.show("factor", ways=ways, next=onward(turn), onward=after(turn), **refused)


async def factor_shown(turn: Turn) -> Response:
    """A code of the app, or a recovery code."""
    code, spare = turn.wanted("code", 64), turn.wanted("recovery", 64)
    try:
        if spare:
            _, secret = await stepping.by_recovery_code(turn.services, turn.visit, turn.here, spare)
        else:
            _, secret = await stepping.by_totp(turn.services, turn.visit, turn.here, code)
    except Denied as denied:
        wrong = at(denied, "recovery" if spare else "code")
        return await _factor(turn, status=denied.status, error=said(denied), wrong=wrong)
    return turn.go(after(turn), cookies_set=(cookies.session_cookie(secret),))


async def register(turn: Turn) -> Response:
    """The form to make an account with."""
    if not turn.services.settings.registration:
        return turn.show("refused", status=403, error="Accounts are made by an operator here.")
    return _register(turn)


def _register(turn: Turn, denied: Denied | None = None) -> Response:
    shortest = turn.services.settings.passwords.shortest
    return turn.show("register", shortest=shortest, next=onward(turn), **refusal(denied, "email", "name", "password"))


async def registered(turn: Turn) -> Response:
    """Make the account; the page that follows is the same whether there was one."""
    try:
        await registering.register(
            turn.services,
            turn.visit,
            turn.wanted("email", 320),
            turn.wanted("password", 4096),
            turn.wanted("name", 200),
        )
    except Denied as denied:
        return _register(turn, denied)
    return turn.show("mail_sent", status=200, what="registered")


async def sign_out(turn: Turn) -> Response:
    """Ask, because a link alone must not sign anybody out."""
    return turn.go("/") if turn.session is None else turn.show("sign_out")


async def signed_out(turn: Turn) -> Response:
    """End the session, on the server and in the browser."""
    session = turn.session
    if session is not None:
        async with turn.services.database.write() as connection:
            ended = await sessions.end_session(turn.services, connection, session.id, "signed-out", visit=turn.visit)
        await sessions.announce(turn.services, ended)
    return turn.go("/", cookies_set=(cookies.no_session(),), headers=cookies.LEAVING)


ROUTES: Final = (
    ("/", ("GET",), shown(home)),
    ("/sign-in", ("GET",), shown(sign_in)),
    ("/sign-in", ("POST",), form(signed_in, purpose="sign-in")),
    ("/sign-in/factor", ("GET",), shown(factor, access="pending")),
    ("/sign-in/factor", ("POST",), form(factor_shown, purpose="factor", access="pending")),
    ("/register", ("GET",), shown(register)),
    ("/register", ("POST",), form(registered, purpose="register")),
    ("/sign-out", ("GET",), shown(sign_out)),
    ("/sign-out", ("POST",), form(signed_out, purpose="sign-out")),
)
