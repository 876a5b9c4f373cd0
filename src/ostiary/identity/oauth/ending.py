"""A client asks that somebody be signed out: at once if it shows whose session it is, else the person is asked."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from ostiary.errors import Denied, InvalidRequest
from ostiary.identity import cookies
from ostiary.identity.oauth.asking import State
from ostiary.identity.oauth.issuing import ID
from ostiary.identity.oauth.replies import sent_to
from ostiary.identity.oauth.steps import walk
from ostiary.identity.pages.rendering import page
from ostiary.identity.services import Services
from ostiary.identity.sessions import Session, announce, end_session, read_session
from ostiary.identity.signing import Unbelieved
from ostiary.identity.storage import clients
from ostiary.identity.web import Request, Response, fields_of, visit_of
from ostiary.parts.sealing import Unsealable
from ostiary.strict import dumps, loads

__all__ = ["ROUTES"]

PATH: Final = "/oauth/logout"
CONFIRMED: Final = "/oauth/logout/confirmed"
_FORM: Final = "logout"
_PLACE: Final = "logout.next"
_PATIENCE: Final = 600.0  # seconds that the question may be thought about
_PASSED_ON: Final[tuple[str, ...]] = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


@dataclass(frozen=True, slots=True)
class _Hint:
    """An ID token of ours that the client showed: whose session it means. It may have expired."""

    client_id: str
    subject: str
    session_id: str

    def means(self, session: Session) -> bool:
        return bool(self.session_id) and (self.session_id, self.subject) == (session.id, session.user_id)


async def _logout(state: State) -> Response:
    """OpenID Connect RP-Initiated Logout 1.0 sections 2 and 3."""
    services, request = state.services, state.request
    await services.gate.knock(state.visit, "logout")
    secret = cookies.secret_of(request)
    if request.method == "POST" and not secret:
        # Browsers leave cookies out of what another site posts (SameSite); of a navigation they do not.
        passed: dict[str, str] = {name: state.fields[name] for name in _PASSED_ON if name in state.fields}
        return sent_to(f"{PATH}?{urlencode(passed, quote_via=quote)}" if passed else PATH)
    hint = await _hint(services, state.fields.get("id_token_hint", ""))
    target = await _target(state, hint)
    session = await read_session(services, secret) if secret else None
    if session is None:
        return _done(services, target)
    if hint is not None and hint.means(session):
        return await _end(services, request, session, target)
    return _question(services, session, target)


async def _hint(services: Services, token: str) -> _Hint | None:
    """What the hint proves; one that is not ours proves nothing, and is as good as none."""
    if not token:
        return None
    try:
        claims = await services.signing.verify(token, typ=ID, audience=None, late=True)
    except Unbelieved:
        return None
    said = tuple(claims.get(name, "") for name in ("aud", "sub", "sid"))
    return _Hint(*said) if all(isinstance(each, str) for each in said) else None


async def _target(state: State, hint: _Hint | None) -> str:
    """Where the browser goes afterwards: an address of the client that the hint is for, exactly as registered.

    Without a hint nobody is sent anywhere: a client's id is no secret, so its address would be anybody's to use.

    :raises InvalidRequest: when it is not one of the client's, or the hint is for another one.
    """
    fields = state.fields
    if hint is None:
        return ""
    if fields.get("client_id", hint.client_id) != hint.client_id:
        raise InvalidRequest("the hint is of another client")
    uri = fields.get("post_logout_redirect_uri", "")
    if not uri:
        return ""
    async with state.services.database.read() as connection:
        client = await clients.by_id(connection, hint.client_id)
    if client is None or uri not in client.logout_uris:
        raise InvalidRequest("the post_logout_redirect_uri is not registered for this client")
    if "state" not in fields:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'state': fields['state']}, quote_via=quote, safe='')}"


async def _end(services: Services, request: Request, session: Session, target: str) -> Response:
    async with services.database.write() as connection:
        ended = await end_session(services, connection, session.id, "signed-out", visit=visit_of(request))
    await announce(services, ended)
    return _done(services, target)


def _done(services: Services, target: str) -> Response:
    if target:
        response = sent_to(target, cookies.no_session())
        response.headers.update(cookies.LEAVING)
        return response
    return page(services, "logout", cookies=[cookies.no_session()], headers=dict(cookies.LEAVING), done=True)


def _question(services: Services, session: Session, target: str) -> Response:
    """Ask the person: whoever sent them here did not show that it is about this session."""
    until = services.now() + _PATIENCE
    sealed = services.ring.seal(dumps({"to": target, "session": session.id, "until": until}), _PLACE)
    return page(
        services, "logout", form_targets=[_origin(target)] if target else [], done=False, action=CONFIRMED,
        csrf=cookies.form_token(services, session, _FORM), next=base64.urlsafe_b64encode(sealed).decode("ascii"),
    )  # fmt: skip


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


async def _confirmed(services: Services, request: Request) -> Response:
    """The person agreed, on the page above: `next` was sealed for their session, and cannot be made up."""
    fields = dict(await fields_of(request))
    secret = cookies.secret_of(request)
    session = await read_session(services, secret) if secret else None
    if session is None:
        return _done(services, "")
    cookies.check_csrf(request, services, session)
    cookies.check_form(services, session, _FORM, fields.get("csrf", ""))
    agreed = _unsealed(services, fields.get("next", ""))
    if agreed.get("session") != session.id or services.now() > float(agreed.get("until", 0)):
        raise Denied(400, "the question is not of this visit: sign out anew")
    return await _end(services, request, session, str(agreed["to"]))


def _unsealed(services: Services, text: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = loads(services.ring.open(base64.urlsafe_b64decode(text.encode()), _PLACE))
    except (Unsealable, ValueError) as error:
        raise Denied(400, "the question is not of this visit: sign out anew") from error
    return found


async def _endpoint(services: Services, request: Request) -> Response:
    return await walk(services, request, "logout", _logout)


ROUTES: Final = ((PATH, ("GET", "POST"), _endpoint), (CONFIRMED, ("POST",), _confirmed))
