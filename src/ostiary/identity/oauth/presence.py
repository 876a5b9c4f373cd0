"""Somebody is at the browser, signed in with all their account asks for, and recently enough for this request."""

from __future__ import annotations

from typing import Final

from ostiary.errors import InteractionRequired, LoginRequired
from ostiary.identity import cookies, sessions
from ostiary.identity.flows.standing import limits
from ostiary.identity.oauth.asking import State, words
from ostiary.identity.oauth.issuing import ID
from ostiary.identity.oauth.waiting import aside
from ostiary.identity.signing import Unbelieved
from ostiary.identity.storage import users
from ostiary.identity.web import Response

__all__ = ["person_expected", "person_in_order", "person_present", "person_signed_in"]

SIGN_IN: Final = "/sign-in"
ACCOUNT: Final = "/account"
PASSWORD: Final = "/account/password"  # noqa: S105 - a page
_ANEW: Final = frozenset({"login", "select_account"})


async def person_signed_in(state: State) -> Response | None:
    """There is a session, and it owes no second factor."""
    secret = cookies.secret_of(state.request)
    session = await sessions.read_session(state.services, secret) if secret else None
    if session is None or session.pending:
        return await _sign_in(state)
    state.signed_in = session
    return None


async def person_present(state: State) -> Response | None:
    """With ``prompt=login`` since the request came, with ``max_age`` within it (OpenID Connect Core section 3.1.2.1)."""
    shown = state.session.authenticated_at
    if state.waiting and shown > state.since:
        return None
    prompts = words(state.fields.get("prompt", ""))
    age = state.fields.get("max_age", "")
    if not _ANEW.isdisjoint(prompts) or (age and state.services.now() - shown > int(age)):
        return await _sign_in(state, again="1")
    return None


async def person_expected(state: State) -> Response | None:
    """Whom the client's ID token names is who is there (OpenID Connect Core section 3.1.2.2); nobody is signed in by it."""
    hint = state.fields.get("id_token_hint", "")
    if not hint:
        return None
    try:
        named = (await state.services.signing.verify(hint, typ=ID, audience=state.client.id, late=True)).get("sub")
    except Unbelieved:
        named = None
    if named == state.session.user_id:
        return None
    if state.waiting and state.session.authenticated_at > state.since:
        raise LoginRequired("somebody else has signed in")
    return await _sign_in(state, again="1")


async def person_in_order(state: State) -> Response | None:
    """The account has nothing to do first: an address that is a claim so far is told to no application."""
    async with state.services.database.read() as connection:
        user = await users.by_id(connection, state.services.ring, state.session.user_id)
    owed = limits(user) if user is not None else ("nobody",)
    if not owed:
        return None
    if "none" in words(state.fields.get("prompt", "")):
        raise InteractionRequired("the account has something to do first")
    return await aside(state, PASSWORD if "password-to-change" in owed else ACCOUNT)


async def _sign_in(state: State, **more: str) -> Response:
    if "none" in words(state.fields.get("prompt", "")):
        raise LoginRequired("somebody has to sign in")
    return await aside(state, SIGN_IN, **more)
