"""A cookie alone proves nothing about who wrote a request: what changes anything shows that it came from our own pages."""

from __future__ import annotations

import base64
import hmac
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ostiary.errors import Denied
from ostiary.identity.ids import new_secret
from ostiary.identity.web import Request, cookie
from ostiary.parts import media_types

if TYPE_CHECKING:
    from ostiary.identity.services import Services
    from ostiary.identity.sessions import Session

__all__ = [
    "BROWSER", "LEAVING", "SESSION", "browser_cookie", "browser_of", "check_csrf", "check_form", "form_token",
    "new_browser", "no_session", "secret_of", "session_cookie",
]  # fmt: skip

SESSION: Final = "__Host-session"
BROWSER: Final = "__Host-browser"
# What a browser keeps of somebody who signs out. Not "cookies": that would empty the whole registrable domain, other
# people's applications too; ours is expired by name.
LEAVING: Final = {"clear-site-data": '"cache", "storage"'}
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits, as `new_secret` writes them
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110 section 9.2.1
_SIMPLE: Final = frozenset({"POST"})  # unsafe methods that pages elsewhere can send without asking us first (Fetch)
_NONCE: Final = 16  # bytes
_MOST_TOKEN: Final = 200  # characters


# cookies


def session_cookie(secret: str) -> str:
    """The Set-Cookie value of a session; it ends with the browser, and on the server before that."""
    return cookie(SESSION, secret, seconds=None)


def no_session() -> str:
    """The Set-Cookie value that takes the session's cookie away."""
    return cookie(SESSION, "", seconds=0)


def new_browser(services: Services) -> str:
    """An id for a browser in which nobody is signed in: forms and ceremonies are bound to it."""
    return new_secret(services.entropy)


def browser_cookie(browser: str) -> str:
    """The Set-Cookie value of a browser's id."""
    return cookie(BROWSER, browser, seconds=None)


def secret_of(request: Request) -> str:
    """The session's secret as it was sent; "" without one, or with several: which is ours cannot be known."""
    return _sent(request, SESSION)


def browser_of(request: Request) -> str:
    """The browser's id as it was sent; "" as above."""
    return _sent(request, BROWSER)


def _sent(request: Request, name: str) -> str:
    """A browser sends one cookie of a ``__Host-`` name; two of them were planted by somebody."""
    found = []
    for line in request.headers.getlist("cookie"):
        for pair in line.split(";"):
            key, _, value = pair.strip(" \t").partition("=")
            if key == name:
                found.append(value)
    return found[0] if len(found) == 1 and _SECRET.fullmatch(found[0]) is not None else ""


# where a request comes from


def check_csrf(request: Request, services: Services, session: Session | None = None) -> None:  # noqa: ARG001 - whoever it is
    """Refuse what another site may have made a browser send, with a session or without (signing somebody in is an attack too).

    Unsafe methods need an Origin that is ours. A browser that gives none, or "null" (our pages send no referrer, and Fetch
    then hides the origin too), says where it was with ``Sec-Fetch-Site``, which pages cannot set: it has to be
    "same-origin". A request with neither is of no browser of the last years. It is taken where even an old one would have
    had to ask before it crossed sites (a preflight, which is never answered here): JSON, and methods that forms lack.

    :raises Denied: 403.
    """
    if request.method in _SAFE:
        return
    origins = request.headers.getlist("origin")
    sites = request.headers.getlist("sec-fetch-site")
    if len(origins) > 1 or len(sites) > 1:
        raise Denied(403, "the request comes from another site")
    if origins and origins[0] != "null":
        if origins[0] != _origin(services.issuer) or sites not in ([], ["same-origin"]):
            raise Denied(403, "the request comes from another site")
        return
    if sites:
        if sites[0] != "same-origin":
            raise Denied(403, "the request comes from another site")
        return
    if origins or (request.method in _SIMPLE and not _is_json(request)):
        raise Denied(403, "the request does not say which site it comes from")


def _is_json(request: Request) -> bool:
    """Whether the body is JSON by one content-type: forms and simple requests cannot send that."""
    sent = request.headers.getlist("content-type")
    kind = media_types.parse(sent[0]) if len(sent) == 1 else None
    return kind is not None and kind.name == "application/json"


def _origin(issuer: str) -> str:
    """The issuer's origin as browsers write it (RFC 6454 section 6.2): without a port that is the scheme's own."""
    parts = urlsplit(issuer)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    host = parts.netloc.rpartition(":")[0] if parts.port == usual else parts.netloc
    return f"{parts.scheme}://{host}"


# forms


def form_token(services: Services, bound: Session | str, purpose: str) -> str:
    """A token for a hidden field: of this session (or this browser, before anybody is signed in) and this form alone.

    It is another one each time, so that compressed pages do not tell it bit by bit.

    :param bound: the session, or the value of the browser's cookie.
    :param purpose: which form: ``sign-in``, ``consent``...
    """
    nonce = services.entropy(_NONCE)
    return _text(nonce + _mac(services, nonce, _name(bound), purpose))


def check_form(services: Services, bound: Session | str, purpose: str, token: str) -> None:
    """Refuse a form that was not given to this session or browser (`check_csrf` is asked besides).

    :raises Denied: 403.
    """
    name = _name(bound)
    raw = _bytes(token)
    good = hmac.compare_digest(_mac(services, raw[:_NONCE], name, purpose), raw[_NONCE:])
    if not name or not good:
        raise Denied(403, "the form is not of this visit: load the page anew")


def _name(bound: Session | str) -> str:
    if isinstance(bound, str):
        return f"browser:{bound}" if _SECRET.fullmatch(bound) is not None else ""
    return f"session:{bound.id}"


def _mac(services: Services, nonce: bytes, name: str, purpose: str) -> bytes:
    return services.ring.digest(nonce + name.encode(), f"forms.{purpose}")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    """What a token was made of; b"" when it is none."""
    try:
        return (
            base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            if len(text) <= _MOST_TOKEN
            else b""
        )
    except ValueError:
        return b""
