"""The API's own description: read from where the operator says, or looked for where frameworks put it and pages name it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from ostiary.audit.gather import places
from ostiary.audit.gather.http import LiveHttp
from ostiary.errors import ConfigError, Unanswerable
from ostiary.evidence import Answer
from ostiary.model import Api
from ostiary.parts import openapi

MOST_ASKED: Final = 70  # places
_TOGETHER: Final = 5  # asked at once: the first place is right so often that asking all would be a waste
_HEAD: Final = 64 * 1024  # bytes in which a document says what it is
_WEB: Final = ("http://", "https://")
_OTHERS: Final = (b"getpostman.com", b"_postman_id", b"__schema", b'"entries"')


def looks_like_one(data: bytes) -> bool:
    """Whether bytes could be an API description, so that a page of HTML is not complained about."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    head = data[:_HEAD]
    return start not in {b"<", b""} and (b"openapi" in head or b"swagger" in head) and b"paths" in data


async def given(source: str, http: LiveHttp) -> Api:
    """Read the document that the operator named: a file, or a URL on the target.

    :raises ConfigError: when it cannot be read or is none.
    """
    if source.startswith(_WEB):
        if source.partition("?")[0].startswith(f"{http.base}/"):
            return await _fetched(source.removeprefix(http.base), http, source)
        raise ConfigError("--api", f"{source} is not on the target", "download it and give the file")
    return openapi.read(source, forgiving=True)


async def _fetched(target: str, http: LiveHttp, source: str) -> Api:
    try:
        answer = await http.send("GET", target)
    except Unanswerable as error:
        raise ConfigError("--api", f"{source}: {error}") from error
    other = any(each in answer.body[:_HEAD] for each in _OTHERS)
    if not answer.accepted or not (looks_like_one(answer.body) or other):
        problem = f"answered {answer.status}" if not answer.accepted else "is no OpenAPI or Swagger document"
        raise ConfigError("--api", f"{source} {problem}", "give a file, or a URL that needs no login page")
    return openapi.from_text(await _whole(http, answer), source=source, forgiving=True)


async def found(http: LiveHttp, prefix: str) -> tuple[Api | None, str]:
    """Look in the usual places and where they point to; the document and a sentence about it, or None and why not."""
    search = _Search(http)
    home = [f"{prefix}/", places.CATALOG]
    usual = [*(prefix + each for each in places.DOCUMENTS if prefix), *places.DOCUMENTS]
    pages = [*(prefix + each for each in places.PAGES if prefix), *places.PAGES]
    for some in (home, usual[:1], usual[1:], pages):  # most have it at the first place: then nobody need be asked more
        api = await search.among(some)
        if api is not None:
            return api, f"The document was found at {search.place}."
    asked = len(search.asked)
    return None, f"No document was given, and none was found in {asked} usual places (--api names one).{search.trouble}"


class _Search:
    """Asks each place once, and at once those that it names."""

    def __init__(self, http: LiveHttp) -> None:
        self.http = http
        self.asked: set[str] = set()
        self.place = ""
        self.trouble = ""

    async def among(self, targets: Sequence[str]) -> Api | None:
        queue = list(dict.fromkeys(targets))
        while queue:
            some = [each for each in queue[:_TOGETHER] if each not in self.asked]
            queue = queue[_TOGETHER:]
            some = some[: MOST_ASKED - len(self.asked)]
            self.asked.update(some)
            told: list[str] = []
            for place, answer in zip(some, await asyncio.gather(*map(self._quietly, some)), strict=True):
                api = await self._read(place, answer) if answer is not None else None
                if api is not None:
                    return api
                told += places.told(answer, self.http.base) if answer is not None else ()
            queue = [*(each for each in dict.fromkeys(told) if each not in self.asked), *queue]
        return None

    async def _read(self, place: str, answer: Answer) -> Api | None:
        source = self.http.base + place
        try:
            inside = places.inline(answer)
            if inside is not None:
                self.place = place
                return openapi.from_plain(inside, source=source, forgiving=True)
            if not answer.accepted or not looks_like_one(answer.body):
                return None
            api = openapi.from_text(await _whole(self.http, answer), source=source, forgiving=True)
        except ConfigError as error:
            self.trouble = f" The one at {place} cannot be used: {error}."
            return None
        except Unanswerable:
            return None
        self.place = place
        return api

    async def _quietly(self, place: str) -> Answer | None:
        try:
            return await self.http.send("GET", place)
        except Unanswerable:
            return None


async def _whole(http: LiveHttp, answer: Answer) -> bytes:
    return await http.whole(answer) if answer.truncated else answer.body
