"""HTTP for identity: a call is a row that says who may make it and what it takes; Starlette is imported here alone."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ostiary.errors import Denied, StoreError
from ostiary.exchange import Exchange
from ostiary.identity.services import Services, Visit
from ostiary.parts import forms, json_text, media_types
from ostiary.problem import render
from ostiary.strict import Strict, ValidationError, convert, dumps

if TYPE_CHECKING:
    from ostiary.identity.sessions import Session

__all__ = [
    "Access", "Answer", "Asked", "Call", "ClientDisconnect", "RedirectResponse", "Request", "Response", "Route", "Starlette",
    "body_of", "cookie", "document_of", "fields_of", "json_of", "refused", "visit_of",
]  # fmt: skip

logger = logging.getLogger("ostiary.identity")

MOST_BODY: Final = 64 * 1024  # bytes; avatars have their own bound
Access = Literal["public", "pending", "session", "fresh", "operator"]


class Answer(NamedTuple):
    """What a call answers: `body` is written as JSON; None is no body. `cookies` are whole Set-Cookie values."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = {}
    cookies: Sequence[str] = ()
    content: bytes = b""  # instead of `body`, with its own content-type header


@dataclass(slots=True)
class Asked:
    """One request to a call, read and checked: `body` is the call's struct, `session` is there where the access wants one."""

    request: Request
    visit: Visit
    session: Session | None = None
    body: Any = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


class Call(NamedTuple):
    """One operation of the JSON API.

    :param access: "public"; "pending": a session that still owes its second factor may call it too; "session"; "fresh":
        the person was proven present a moment ago; "operator": a fresh session of an operator with a second factor.
    :param takes: the struct of the body, or None where there is none; `accepts` is its media type.
    :param gives: the struct of the reply, or None.
    :param query: names of query parameters, each with its JSON schema.
    """

    method: str
    path: str
    act: Callable[[Services, Asked], Awaitable[Answer]]
    summary: str
    access: Access = "session"
    takes: type[Strict] | None = None
    gives: Any = None
    status: int = 200
    query: Mapping[str, Mapping[str, Any]] = {}
    accepts: str = "application/json"
    refusals: tuple[int, ...] = ()  # besides those that its access and its body bring


async def body_of(request: Request, most: int = MOST_BODY) -> bytes:
    """The body, whole.

    :param most: bytes.
    :raises Denied: 413 when it is larger; it is not read further then.
    """
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > most:
            raise Denied(413, f"the body is larger than {most} bytes")
    return bytes(read)


def _is_of(request: Request, wanted: str) -> bool:
    sent = media_types.parse(request.headers.get("content-type", ""))
    return sent is not None and sent.name == wanted


async def json_of(request: Request, kind: type[Strict]) -> Any:
    """The body as a struct: unknown members, members twice and wrong types are refused, values never repeated.

    :raises Denied: 415, 413, 400 or 422.
    """
    plain = await document_of(request)
    try:
        return convert(plain, kind)
    except (ValidationError, ValueError) as error:
        raise Denied(422, "the body is not as described", faults=[_fault(str(error))]) from error


def _fault(said: str) -> tuple[str, str]:
    """Where the body is not as described, and what is expected there; not what was sent, be it a value or a name."""
    rule, _, place = said.partition(" - at `$")
    pointer = place.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
    if rule.startswith("Object contains unknown field"):
        return pointer, "a member is not described"
    if rule.startswith("Invalid "):
        rule = rule.partition(" '")[0].partition(' "')[0].rstrip("0123456789-. ")
    return pointer, rule


async def document_of(request: Request) -> Any:
    """The body as plain JSON; members twice are refused, or readers would differ in what was said (RFC 8259 section 4).

    :raises Denied: 415, 413 or 400.
    """
    if not _is_of(request, "application/json"):
        raise Denied(415, "the body must be application/json", {"accept": "application/json"})
    body = await body_of(request)
    try:
        plain, written, whole = json_text.read(body)
    except (ValueError, RecursionError) as error:
        raise Denied(400, "the body is not JSON") from error
    if not whole and json_text.loses_members(body, written):
        raise Denied(400, "the body names a member twice")
    return plain


async def fields_of(request: Request, most: int = MOST_BODY) -> list[tuple[str, str]]:
    """The fields of a form (application/x-www-form-urlencoded), in order, as sent; twice the same name is the caller's to judge.

    :raises Denied: 415, 413 or 400.
    """
    if not _is_of(request, "application/x-www-form-urlencoded"):
        raise Denied(415, "the body must be a form", {"accept": "application/x-www-form-urlencoded"})
    try:
        return [(name, value) for name, value in forms.parse(await body_of(request, most))]
    except ValueError as error:
        raise Denied(400, "the body is not a form") from error


def cookie(name: str, value: str, *, seconds: int | None, same_site: str = "Lax") -> str:
    """A Set-Cookie value: ``__Host-``, Secure, HttpOnly (RFC 10025). `seconds` None ends with the browser, 0 deletes."""
    age = "" if seconds is None else f"; Max-Age={seconds}"
    return f"{name}={value}; Path=/; Secure; HttpOnly; SameSite={same_site}{age}"


def visit_of(request: Request, *, captcha: str = "") -> Visit:
    """Who is at the door. Addresses come from the ASGI server or the guard; header fields are not believed here."""
    client = request.client
    return Visit(
        source=client.host if client is not None else "",
        agent=request.headers.get("user-agent", "")[:200],
        browser=request.cookies.get("__Host-browser", ""),
        captcha=captcha or request.headers.get("x-captcha", ""),
    )


def refused(denied: Denied) -> Response:
    """A refusal as bytes (RFC 9457), never kept by anybody."""
    made = render(Exchange("GET", b"/", b"", []), denied)
    response = Response(made.body, made.status)
    response.raw_headers[:] = [*made.headers, (b"cache-control", b"no-store")]
    return response


def answered(answer: Answer) -> Response:
    """An answer as bytes; never kept by anybody."""
    content = answer.content or (b"" if answer.body is None else dumps(answer.body))
    response = Response(content, answer.status)
    given = {name.lower(): value for name, value in answer.headers.items()}
    headers = [(b"cache-control", b"no-store")] if "cache-control" not in given else []
    if content and "content-type" not in given:
        headers.append((b"content-type", b"application/json"))
    headers += [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
    if answer.status not in {204, 304}:
        headers.append((b"content-length", b"%d" % len(content)))
    headers += [(b"set-cookie", each.encode("latin-1")) for each in answer.cookies]
    response.raw_headers[:] = headers
    return response


def unavailable(error: StoreError) -> Denied:
    """The refusal where state is unreachable: nothing about a person is decided without it."""
    logger.error("%s", error)
    return Denied(503, "try again in a moment", {"retry-after": "5"})
