"""OAuth's answers as bytes: JSON for clients, a redirect for a proven address, a page without a link for everybody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from ostiary.errors import Denied, OAuthError
from ostiary.identity.oauth.asking import State
from ostiary.identity.pages.rendering import page
from ostiary.identity.web import Response
from ostiary.identity.web import refused as problem
from ostiary.strict import dumps

__all__ = ["answered", "back_to_client", "refused", "sent_to"]

BROWSERS: Final = frozenset({"authorize", "logout"})
_FORM: Final = frozenset({400, 413, 415, 422})
CHALLENGE: Final = 'Basic realm="oauth", charset="UTF-8"'
_QUIET: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


def answered(body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON that nobody keeps (RFC 6749 section 5.1)."""
    given = {**_QUIET, "pragma": "no-cache", "content-type": "application/json", **(headers or {})}
    return Response(dumps(body), status, given)


def sent_to(location: str, *cookies: str) -> Response:
    """The browser goes on by GET, and tells nobody whence it came (RFC 9700 section 4.12)."""
    response = Response(b"", 303, {**_QUIET, "location": location, "content-length": "0"})
    response.raw_headers.extend((b"set-cookie", each.encode("latin-1")) for each in cookies)
    return response


def back_to_client(state: State, given: Mapping[str, str]) -> Response:
    """Back to the proven address, with ``state`` as it came and ``iss`` (RFC 9207)."""
    return sent_to(address_of_client(state, given))


def address_of_client(state: State, given: Mapping[str, str]) -> str:
    """Where the browser goes with an answer.

    :raises RuntimeError: when the address was not proven.
    """
    if not state.redirect_uri:
        msg = "an answer may not leave before its address is proven"
        raise RuntimeError(msg)
    answer = dict(given)
    if state.fields.get("state"):
        answer["state"] = state.fields["state"]
    answer["iss"] = state.services.issuer
    glue = "&" if "?" in state.redirect_uri else "?"
    return f"{state.redirect_uri}{glue}{urlencode(answer, quote_via=quote, safe='')}"


def refused(state: State, denied: Denied) -> Response:
    """A refusal, in the way of its endpoint."""
    if state.endpoint in BROWSERS:
        return _to_browser(state, denied)
    if isinstance(denied, OAuthError):
        headers = dict(denied.headers)
        if denied.status == 401:  # noqa: PLR2004 - RFC 9110 section 15.5.2: it says how
            headers.setdefault("www-authenticate", CHALLENGE)
        return answered({"error": denied.code, "error_description": denied.reason}, denied.status, headers)
    if denied.status in _FORM:
        return answered({"error": "invalid_request", "error_description": denied.reason}, 400, denied.headers)
    return problem(denied)


def _to_browser(state: State, denied: Denied) -> Response:
    if isinstance(denied, OAuthError) and denied.may_redirect and state.redirect_uri:
        return back_to_client(state, {"error": denied.code, "error_description": denied.reason})
    headers = {**_QUIET, **denied.headers}
    return page(state.services, "stopped", status=denied.status, headers=headers, reason=denied.reason)
