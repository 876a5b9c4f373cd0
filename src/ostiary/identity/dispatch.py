"""A call is made only by who may make it: session, freshness, role, origin and body are checked before any flow runs."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from ostiary.errors import ConfigError, Denied, StoreError
from ostiary.identity import cookies, sessions
from ostiary.identity.flows import standing
from ostiary.identity.services import Services
from ostiary.identity.storage import users
from ostiary.identity.web import (
    Asked,
    Call,
    ClientDisconnect,
    Request,
    Response,
    answered,
    json_of,
    refused,
    unavailable,
    visit_of,
)

__all__ = ["Handler", "guarded", "handler_of", "session_of"]

logger = logging.getLogger("ostiary.identity")

Handler = Callable[[Services, Request], Awaitable[Response]]
UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
CHALLENGE: Final = (
    f'Cookie realm="account", cookie-name="{cookies.SESSION}"'  # RFC 9110 section 11.6.1 wants one with 401
)
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAME: Final = re.compile(r"[A-Za-z0-9._~-]{1,400}")
_INTEGER: Final = re.compile(r"-?[0-9]{1,15}")


def handler_of(call: Call) -> Handler:
    """The handler of a call: what is not allowed or not as described never reaches its `act`."""

    async def handle(services: Services, request: Request) -> Response:
        visit = visit_of(request)
        session = await session_of(services, request, call)
        path = _path_of(request)
        query = _query_of(request, call.query)
        body = None
        if call.takes is not None and call.accepts == "application/json":
            body = await json_of(request, call.takes)
        asked = Asked(request=request, visit=visit, session=session, body=body, path=path, query=query)
        return answered(await call.act(services, asked))

    return handle


async def session_of(services: Services, request: Request, call: Call) -> sessions.Session | None:
    """The session that a call is made in, if its access wants one.

    :raises Denied: 401 without one, 403 where it may not do this, or comes from another site.
    """
    secret = cookies.secret_of(request)
    session = await sessions.read_session(services, secret) if secret else None
    if request.method in UNSAFE:
        cookies.check_csrf(request, services, session)
    if call.access == "public":
        return session
    if session is None:
        raise Denied(401, "sign in first", {"www-authenticate": CHALLENGE})
    if session.pending and call.access != "pending":
        raise Denied(403, "the second factor is owed first")
    await _check_person(services, session, call)
    return session


async def _check_person(services: Services, session: sessions.Session, call: Call) -> None:
    """Refuse who has something else to do first, is not proven present, or may not know that there is such a call."""
    async with services.database.read() as connection:
        user = await users.by_id(connection, services.ring, session.user_id)
    if user is None:
        raise Denied(401, "sign in first", {"www-authenticate": CHALLENGE})
    if not session.pending:
        standing.check(user, call.method, call.path)
    if call.access in {"fresh", "operator"} and not sessions.is_fresh(services, session):
        raise Denied(403, "show that it is you first", members={"needs": "fresh"})
    if call.access == "operator":
        if user.role != "operator":
            raise Denied(404, "no such resource")  # that there is a door is told to those who have its key
        if not sessions.is_strong(session):
            raise Denied(403, "operators need a second factor", members={"needs": "factor"})


def _path_of(request: Request) -> Mapping[str, str]:
    """The path's parameters; what cannot name anything of ours is not looked for."""
    for name, value in request.path_params.items():
        if (_UUID if name == "id" else _NAME).fullmatch(str(value)) is None:
            raise Denied(404, "no such resource")
    return {name: str(value) for name, value in request.path_params.items()}


def _query_of(request: Request, described: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in described:
            continue
        if name in found:
            raise Denied(400, "a parameter is given twice")
        _check_parameter(name, value, described[name])
        found[name] = value
    return found


def _check_parameter(name: str, value: str, schema: Mapping[str, Any]) -> None:
    wrong = len(value) > int(schema.get("maxLength", 200))
    if schema.get("type") == "integer":
        wrong = wrong or _INTEGER.fullmatch(value) is None
        wrong = wrong or not schema.get("minimum", -(10**15)) <= int(value) <= schema.get("maximum", 10**15)
    elif "enum" in schema:
        wrong = wrong or value not in schema["enum"]
    elif "pattern" in schema:
        wrong = wrong or re.fullmatch(schema["pattern"], value) is None
    if wrong:
        raise Denied(400, "a parameter is not as described", faults=[(f"/query/{name}", "schema")])


class guarded:  # noqa: N801 - read as a function; Starlette gives functions GET alone, and objects all methods
    """One endpoint for all methods of a path: refusals become problems, and what is broken says nothing of itself.

    :param handlers: by method; GET answers HEAD too.
    :param services_of: what flows need, opened when first asked for.
    :param path: as in the table, for the log: what was asked for may hold anything.
    """

    def __init__(
        self, handlers: Mapping[str, Handler], services_of: Callable[[], Awaitable[Services]], path: str = ""
    ) -> None:
        self._path = path
        self._handlers = handlers
        self._services_of = services_of
        self._allow = ", ".join(sorted({*handlers, *(("HEAD",) if "GET" in handlers else ())}))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        request = Request(scope, receive, send)
        response = await self._answer(request)
        if request.method == "HEAD":
            response.body = b""  # its length stays said (RFC 9110 section 9.3.2)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        method = "GET" if request.method == "HEAD" and "HEAD" not in self._handlers else request.method
        handler = self._handlers.get(method)
        try:
            if handler is None:
                return refused(Denied(405, "this resource does not take this method", {"allow": self._allow}))
            return await handler(await self._services_of(), request)
        except Denied as denied:
            return refused(denied)
        except StoreError as error:
            return refused(unavailable(error))
        except ConfigError as error:  # opened late, where no lifespan reaches us
            logger.error("%s", error)  # noqa: TRY400 - a sentence for operators, who know nothing of our lines
            return refused(Denied(503, "not ready", {"retry-after": "30"}))
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            logger.exception("%s %s failed", method, self._path)
            return refused(Denied(500, "something is broken here"))


def no_such(_request: Request, _error: Exception) -> Response:
    """What is asked of a path that nothing has."""
    return refused(Denied(404, "no such resource"))
