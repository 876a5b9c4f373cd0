"""A person's browser fetches a code for a client; what the person has to do first, they do on pages of ours."""

from __future__ import annotations

import hmac
import re
from typing import Final

from ostiary.errors import AccessDenied, Denied, LostRequest
from ostiary.identity.events import record
from ostiary.identity.ids import new_id, new_secret
from ostiary.identity.oauth import waiting
from ostiary.identity.oauth.asking import State
from ostiary.identity.oauth.consenting import CONSENT, Question, question_of
from ostiary.identity.oauth.replies import back_to_client
from ostiary.identity.oauth.steps import walk
from ostiary.identity.oauth.waiting import aside
from ostiary.identity.services import Services
from ostiary.identity.storage import consents, grants
from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.grants import Code, Family
from ostiary.identity.web import Request, Response
from ostiary.identity.web import refused as problem
from ostiary.parts.sealing import hashed

__all__ = ["ROUTES", "authorize", "decide", "question", "resume"]

_ODD: Final = re.compile(r"[^A-Za-z0-9 ._:/+-]")
LOST: Final = "it was answered meanwhile"


async def authorize(services: Services, request: Request) -> Response:
    """``GET`` or ``POST /oauth/authorize`` (RFC 6749 section 3.1)."""
    return await walk(services, request, "authorize", _code)


async def resume(services: Services, request: Request) -> Response:
    """``GET /oauth/resume?next=<handle>``: back from signing in; all is checked anew."""
    return await walk(services, request, "authorize", _code, handle=request.query_params.get("next", ""))


async def question(services: Services, request: Request, handle: str) -> Question | Response:
    """What the consent page asks, or where the browser has to go instead (nobody is signed in any more, say)."""
    asked: list[Question] = []

    async def act(state: State) -> Response:
        asked.append(question_of(state))
        return Response(b"")

    reply = await walk(services, request, "authorize", act, handle=handle, agreed=True)
    return asked[0] if asked else reply


async def decide(services: Services, request: Request, handle: str, *, allow: bool, shown: str) -> Response:
    """What the person answered on the consent page; the caller has checked that the form is theirs (`cookies.check_form`).

    :param shown: `Question.name` of what the page asked. Where that would be another question now (the client was
        registered anew meanwhile, say), it is asked again: nobody agrees to what they have not seen.
    """

    async def agreed(state: State) -> Response:
        if not hmac.compare_digest(question_of(state).name.encode(), shown.encode("utf-8", "replace")):
            return await aside(state, CONSENT)
        return await _code(state)

    return await walk(services, request, "authorize", agreed if allow else _denied, handle=handle, agreed=True)


async def _denied(state: State) -> Response:
    async with state.services.database.write() as connection:
        there = await waiting.done(state, connection)
    if not there:
        raise LostRequest(LOST)
    raise AccessDenied("the person did not agree")


async def _code(state: State) -> Response:
    """Give a code: 256 bits, kept as a hash, bound to client, address, challenge and session."""
    services, now = state.services, state.services.now()
    secret = new_secret(services.entropy)
    lives = services.settings.lifetimes
    family = _family(state, now)
    code = Code(
        hashed(secret.encode()), family.id, state.client.id, state.redirect_uri, state.fields["code_challenge"],
        now, now + float(lives.code),
    )  # fmt: skip

    async def give(connection: AsyncConnection) -> bool:
        there = await waiting.done(state, connection)
        if there:
            await _remember(state, connection, family)
            await grants.add_family(connection, family)
            await grants.add_code(connection, code)
        return there

    if not await services.database.change(give, f"consent:{state.session.user_id}"):
        raise LostRequest(LOST)
    return back_to_client(state, {"code": secret})


def _family(state: State, now: float) -> Family:
    session = state.session
    return Family(
        id=new_id(state.services.entropy),
        client_id=state.client.id,
        user_id=session.user_id,
        session_id=session.id,
        scopes=state.scopes,
        audience=state.audience,
        created_at=now,
        expires_at=now + float(state.services.settings.lifetimes.refresh),
        jkt=state.fields.get("dpop_jkt"),
        offline="offline_access" in state.scopes and "refresh_token" in state.client.grants,
        auth_time=session.authenticated_at,
        amr=" ".join(session.factors),
        nonce=state.fields.get("nonce"),
    )


async def _remember(state: State, connection: AsyncConnection, family: Family) -> None:
    services, user, client = state.services, state.session.user_id, state.client.id
    about = {"client": client, "scopes": _short(state.scopes)}
    if state.agreed:
        await consents.agree(connection, user, client, state.scopes, state.audience, services.now())
        await record(connection, services, "consent.given", user_id=user, actor=user, visit=state.visit, **about)
    await record(
        connection, services, "grant.given", user_id=user, actor=user, visit=state.visit, family=family.id, **about
    )


def _short(scopes: tuple[str, ...]) -> str:
    """Scopes as the audit log takes them, with their number in front."""
    return f"{len(scopes)}: {_ODD.sub('-', ' '.join(scopes))}"[:200]


async def _no_head(_services: Services, _request: Request) -> Response:
    """A look ahead (a link's preview) must not use up what is good once, nor fetch codes."""
    return problem(Denied(405, "this resource does not take this method", {"allow": "GET"}))


ROUTES: Final = (
    ("/oauth/authorize", ("GET", "POST"), authorize),
    ("/oauth/authorize", ("HEAD",), _no_head),
    (waiting.RESUME, ("GET",), resume),
    (waiting.RESUME, ("HEAD",), _no_head),
)
