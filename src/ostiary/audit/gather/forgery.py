"""Writes of a browser carry a token against forgery: it is fetched first wherever the API asks for one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ostiary.audit.gather import grants
from ostiary.audit.gather.drafts import Draft
from ostiary.audit.gather.grants import Form
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer
from ostiary.parts.seen.bodies import parse

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp
    from ostiary.audit.gather.live import Live

_SAID: Final = re.compile(r"csrf|xsrf|forgery|_token mismatch", re.IGNORECASE)
_REFUSALS: Final = frozenset({400, 401, 403, 422})
_EXPIRED: Final = 419  # Laravel's own, whose page says no more than "Page Expired"
_HIDDEN: Final = re.compile(
    r"""<(?:input|meta)\b[^>]*\bname=["']([\w-]*(?:csrf|xsrf|authenticity_token|RequestVerificationToken)[\w-]*)["'][^>]*"""
    r"""\b(?:value|content)=["']([^"']{8,})["']""",
    re.IGNORECASE,
)


class Forgery:
    """Whether this API wants such tokens from somebody without a session, and where it hands them out."""

    def __init__(self) -> None:
        self.source = ""  # a request target; empty: none is wanted
        self._sought = False

    async def write(
        self, live: Live, http: LiveHttp, made: Draft, *, fresh: bool = True
    ) -> tuple[Answer, dict[str, str]]:
        """Send a write as nobody; the reply, and the cookies that it was sent with."""
        answer, jar = await self._written(live, http, made, fresh=fresh)
        if not self._sought and _is_wanted(answer):
            self._sought = True
            self.source = await _source(live, http, made)
            if self.source:
                return await self._written(live, http, made, fresh=fresh)
        return answer, jar

    async def _written(self, live: Live, http: LiveHttp, made: Draft, *, fresh: bool) -> tuple[Answer, dict[str, str]]:
        operation = made.operation
        headers = [pair for pair in live.maker.headers(operation) if pair[0].lower() != "cookie"]
        jar: dict[str, str] = {}
        if self.source:
            page = await http.send("GET", self.source, identity="", fresh=True)
            jar = grants.jar_of(page)
            headers += Form("Cookie").pairs("", jar)
            token = _form_token(page)
            if token is not None and len(headers) < 2:  # noqa: PLR2004 - the cookie alone: no header repeats it
                headers.append(("X-CSRF-Token", token[1]))
            if token is not None and "json" not in made.media_type:
                made.put((token[0],), token[1])
        body = b""
        if made.value:
            content_type, body = made.packed(live.maker)
            headers.append(("Content-Type", content_type))
        target = made.target(live.target_of(operation))
        answer = await http.send(operation.method, target, headers=headers, body=body, identity="", fresh=fresh)
        if http.misspelt(operation, answer):
            target = made.target(live.target_of(operation))
            answer = await http.send(operation.method, target, headers=headers, body=body, identity="", fresh=fresh)
        return answer, jar


def _is_wanted(answer: Answer) -> bool:
    """Whether a refusal is for want of a token against forgery."""
    return answer.status == _EXPIRED or (answer.status in _REFUSALS and _SAID.search(answer.text) is not None)


def handed_out(answer: Answer) -> dict[str, str]:
    """The cookies of a reply that hold a token against forgery."""
    return {name: value for name, value in grants.jar_of(answer).items() if _SAID.search(name)}


def _form_token(page: Answer) -> tuple[str, str] | None:
    """The name and the value of a token in a page's form or in a JSON reply."""
    match = _HIDDEN.search(page.text)
    if match is not None:
        return match[1], match[2]
    document = parse(page.body)
    for name, value in document.items() if isinstance(document, Mapping) else ():
        if isinstance(value, str) and _SAID.search(name):
            return name, value
    return None


async def _source(live: Live, http: LiveHttp, made: Draft) -> str:
    """A page that hands out a token: one that is called so, that of the write itself, or the start."""
    operations = live.api.operations if live.api is not None else ()
    named = [live.maker.target(each) for each in operations if each.method == "GET" and "csrf" in each.path.lower()]
    for target in [*named, live.maker.target(made.operation).partition("?")[0], f"{live.target.prefix}/"]:
        try:
            page = await http.send("GET", target, identity="")
        except Unanswerable:
            continue
        if _form_token(page) is not None or handed_out(page):
            return target
    return ""
