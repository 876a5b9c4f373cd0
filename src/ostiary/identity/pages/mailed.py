"""A mailed link shows a page; only the button on it counts: programs that look at mails open links, and press nothing.

The token leaves the address at once: it waits in a cookie for the button, so that no history, log or Referer keeps it.
"""

from __future__ import annotations

import hmac
import re
from typing import Any, Final

from ostiary.errors import Denied
from ostiary.identity import cookies
from ostiary.identity.flows import contacts, resetting, undoing, verifying
from ostiary.identity.pages.turns import Turn, at, form, said, shown
from ostiary.identity.pages.visitors import refusal
from ostiary.identity.web import Response, cookie
from ostiary.parts.sealing import hashed

__all__ = ["LINKED", "ROUTES"]

LINKED: Final = ("/verify", "/reset", "/account/email", "/undo")  # what mails link to, with a token in the query
TICKET: Final = "__Host-ticket"
_SECONDS: Final = 900
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_GONE: Final = "The link was used, is too old, or is none of ours."


def _put_aside(turn: Turn, path: str) -> Response | None:
    """Lead from a mailed link to the same page without its token."""
    given = turn.request.query_params.get("token", "")
    if not given:
        return None
    if _SECRET.fullmatch(given) is None:
        return turn.show("refused", status=400, error=_GONE)
    return turn.go(path, cookies_set=(cookie(TICKET, given, seconds=_SECONDS, same_site="Lax"),))


def _ticket(turn: Turn) -> str:
    given: str = turn.request.cookies.get(TICKET, "")
    return given if _SECRET.fullmatch(given) else ""


def _link(turn: Turn) -> str:
    """What a form remembers of the link that its page is about."""
    return hashed(_ticket(turn).encode()).hex()


def _pressed(turn: Turn) -> str:
    """The ticket that a button is for. Another link may have been opened since its page was: by its owner, who has two
    accounts, or by a page that would have a password of theirs set for an account of its own.

    :raises Denied: 400.
    """
    if not hmac.compare_digest(turn.wanted("link").encode("utf-8", "replace"), _link(turn).encode()):
        raise Denied(400, "another link was opened meanwhile: open yours again")
    return _ticket(turn)


_AWAY: Final = (cookie(TICKET, "", seconds=0),)


async def verify(turn: Turn) -> Response:
    """Confirm an address, or be told what is missing."""
    return _put_aside(turn, "/verify") or await _verify(turn)


async def _verify(turn: Turn, **refused: Any) -> Response:
    good = bool(_ticket(turn)) and await verifying.is_good(turn.services, _ticket(turn))
    here = turn.session is not None and not turn.session.pending
    return turn.show("verify", good=good, link=_link(turn), known=here, **refused)


async def verified(turn: Turn) -> Response:
    """The button: from a session of the account, or with its password."""
    session = turn.session if turn.session is not None and not turn.session.pending else None
    password = turn.wanted("password", 4096)
    try:
        await verifying.verify(turn.services, turn.visit, _pressed(turn), session=session, password=password)
    except Denied as denied:
        wrong = () if session else at(denied, "password")
        return await _verify(turn, status=denied.status, error=said(denied), wrong=wrong)
    return turn.show("done", cookies_set=_AWAY, what="verified")


async def resent(turn: Turn) -> Response:
    """Another link to the account's own address."""
    await verifying.resend(turn.services, turn.visit, turn.here)
    return turn.show("mail_sent", what="resent")


async def reset(turn: Turn) -> Response:
    """Ask for a link, or choose a new password with one."""
    aside = _put_aside(turn, "/reset")
    if aside is not None:
        return aside
    return turn.show("reset", captcha=None)


async def reset_asked(turn: Turn) -> Response:
    """Mail a link, if there is such an account; the page that follows is the same."""
    try:
        await resetting.ask(turn.services, turn.visit, turn.wanted("email", 320))
    except Denied as denied:
        return turn.show("reset", **refusal(denied, "email"))
    return turn.show("mail_sent", what="reset")


async def choose(turn: Turn) -> Response:
    """The form for a new password."""
    return await _choose(turn)


async def _choose(turn: Turn, **refused: Any) -> Response:
    good = bool(_ticket(turn)) and await resetting.is_good(turn.services, _ticket(turn))
    if not good:
        return turn.show("refused", status=400, error=_GONE, way="/reset")
    return turn.show("choose", **refused, link=_link(turn), shortest=turn.services.settings.passwords.shortest)


async def chosen(turn: Turn) -> Response:
    """Set it; nobody is signed in by that, and everything that was is over."""
    try:
        await resetting.complete(turn.services, turn.visit, _pressed(turn), turn.wanted("password", 4096))
    except Denied as denied:
        return await _choose(turn, status=denied.status, error=said(denied), wrong=at(denied, "password"))
    return turn.show("done", cookies_set=(*_AWAY, cookies.no_session()), what="reset")


async def new_address(turn: Turn) -> Response:
    """Another address of an account, which its owner confirms while signed in."""
    return _put_aside(turn, "/account/email") or turn.show("new_address", good=bool(_ticket(turn)), link=_link(turn))


async def new_address_confirmed(turn: Turn) -> Response:
    """The button."""
    try:
        await contacts.confirm_email(turn.services, turn.visit, turn.here, _pressed(turn))
    except Denied as denied:
        return turn.show(
            "new_address", status=denied.status, error=said(denied), good=bool(_ticket(turn)), link=_link(turn)
        )  # fmt: skip
    turn.session = turn.user = None
    return turn.show("done", cookies_set=(*_AWAY, cookies.no_session()), what="address")


async def undo(turn: Turn) -> Response:
    """Ask whether a change is to be taken back; the link came to the former address."""
    return _put_aside(turn, "/undo") or await _undo(turn)


async def _undo(turn: Turn, **refused: Any) -> Response:
    good = bool(_ticket(turn)) and await undoing.is_good(turn.services, _ticket(turn))
    return turn.show("undo", good=good, link=_link(turn), **refused)


async def undone(turn: Turn) -> Response:
    """The button: the former contact is back, and everything alive of the account ends."""
    try:
        await undoing.undo(turn.services, turn.visit, _pressed(turn))
    except Denied as denied:
        return await _undo(turn, status=denied.status, error=said(denied))
    return turn.show("done", cookies_set=(*_AWAY, cookies.no_session()), what="undone")


async def _reset_link(turn: Turn) -> Response:
    return _put_aside(turn, "/reset/password") or await reset(turn)


ROUTES: Final = (
    ("/verify", ("GET",), shown(verify)),
    ("/verify", ("POST",), form(verified, purpose="verify")),
    ("/verify/again", ("POST",), form(resent, purpose="resend", access="session")),
    ("/reset", ("GET",), shown(_reset_link)),
    ("/reset", ("POST",), form(reset_asked, purpose="reset")),
    ("/reset/password", ("GET",), shown(choose)),
    ("/reset/password", ("POST",), form(chosen, purpose="choose")),
    ("/account/email", ("GET",), shown(new_address, access="session")),
    ("/account/email", ("POST",), form(new_address_confirmed, purpose="address", access="session")),
    ("/undo", ("GET",), shown(undo)),
    ("/undo", ("POST",), form(undone, purpose="undo")),
)
