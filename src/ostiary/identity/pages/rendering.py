"""Every page is one template under one layout: escaped, nothing inline but by nonce, nothing from elsewhere; jinja2 stays here."""

from __future__ import annotations

import base64
import datetime as dt
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import jinja2

from ostiary.identity.pages import wording
from ostiary.identity.services import Services
from ostiary.identity.web import Response

__all__ = ["page"]

_FOLDER: Final = Path(__file__).parent / "templates"


@functools.cache
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(moment=_moment, event=wording.event, browser=wording.browser, grouped=wording.grouped)
    return made


def _moment(seconds: float | None) -> str:
    """A time as people read it: UTC, because the server knows no other clock of theirs."""
    if not seconds:
        return "never"
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%d %B %Y, %H:%M UTC").lstrip("0")


def page(
    services: Services,
    template: str,
    *,
    status: int = 200,
    cookies: Sequence[str] = (),
    form_targets: Sequence[str] = (),
    headers: dict[str, str] | None = None,
    **values: Any,
) -> Response:
    """Render a page.

    :param template: a file in ``templates``, without its ending.
    :param values: of the template; `error` is what went wrong, and `wrong` are the names of the fields in which it did.
    :param form_targets: origins besides our own that a form of this page may lead to (Chromium applies ``form-action`` to
        redirects): only ones that were proven to belong to a client.
    """
    values = {"error": "", "notice": "", "wrong": (), "way": "", **values}
    nonce = base64.b64encode(services.entropy(18)).decode()
    text = _templates().get_template(f"{template}.html").render(nonce=nonce, title_of=services.settings.title, **values)
    targets = ["'self'", *form_targets]
    policy = (
        f"default-src 'none'; style-src 'self'; script-src 'nonce-{nonce}'; img-src 'self' data:; connect-src 'self'; "
        f"form-action {' '.join(targets)}; frame-ancestors 'none'; base-uri 'none'"
    )
    response = Response(text.encode(), status, media_type="text/html")
    response.headers["content-security-policy"] = policy
    response.headers["cache-control"] = "no-store"
    # Not "no-referrer": browsers would hide the origin of our own forms (Fetch, "append a request Origin header"), and those
    # without Sec-Fetch-Site could not show whence they come. No page has a token in its address.
    response.headers["referrer-policy"] = "same-origin"
    for name, value in (headers or {}).items():
        response.headers[name] = value
    for each in cookies:
        response.raw_headers.append((b"set-cookie", each.encode("latin-1")))
    return response
