"""The API's own description: read from where the operator says, or looked for where frameworks put it."""

from __future__ import annotations

from typing import Final

from ostiary.audit.gather.http import LiveHttp
from ostiary.errors import ConfigError, Unanswerable
from ostiary.evidence import Answer
from ostiary.model import Api
from ostiary.parts import openapi

USUAL_PLACES: Final = (
    "/openapi.json",  # FastAPI, connexion, Litestar, NestJS
    "/openapi.yaml",
    "/openapi.yml",
    "/swagger.json",  # flask-restx, go-swagger
    "/v1/__api__",  # Kinto
    "/api/openapi.json",
    "/api-docs",  # springfox, swagger-ui-express
    "/v3/api-docs",  # springdoc
    "/v2/api-docs",
    "/swagger/v1/swagger.json",  # ASP.NET Swashbuckle
    "/openapi/v1.json",  # ASP.NET 9
    "/api/schema/?format=json",  # drf-spectacular
    "/schema/openapi.json",
    "/api/swagger.json",
    "/docs/openapi.json",
    "/apispec_1.json",  # flasgger
    "/swagger.yaml",
    "/api-docs.json",
    "/.well-known/openapi.json",
    "/openapi",
)
_HEAD: Final = 64 * 1024  # bytes in which a document says what it is
_WEB: Final = ("http://", "https://")


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
    return openapi.read(source)


async def _fetched(target: str, http: LiveHttp, source: str) -> Api:
    try:
        answer = await http.send("GET", target)
    except Unanswerable as error:
        raise ConfigError("--api", f"{source}: {error}") from error
    if not answer.accepted or not looks_like_one(answer.body):
        problem = f"answered {answer.status}" if not answer.accepted else "is no OpenAPI or Swagger document"
        raise ConfigError("--api", f"{source} {problem}", "give a file, or a URL that needs no login page")
    return openapi.from_text(await _whole(http, answer), source=source)


async def found(http: LiveHttp, prefix: str) -> tuple[Api | None, str]:
    """Look in the usual places; the document and a sentence about it, or None and a sentence why not."""
    seen: set[str] = set()
    trouble = ""
    for place in [*(prefix + each for each in USUAL_PLACES if prefix), *USUAL_PLACES]:
        if place in seen:
            continue
        seen.add(place)
        answer = await _quietly(http, place)
        if answer is None or not answer.accepted or not looks_like_one(answer.body):
            continue
        try:
            return openapi.from_text(
                await _whole(http, answer), source=http.base + place
            ), f"The document was found at {place}."
        except ConfigError as error:
            trouble = f" The one at {place} cannot be used: {error}."
    return None, f"No document was given, and none was found in {len(seen)} usual places (--api names one).{trouble}"


async def _quietly(http: LiveHttp, place: str) -> Answer | None:
    try:
        return await http.send("GET", place)
    except Unanswerable:
        return None


async def _whole(http: LiveHttp, answer: Answer) -> bytes:
    return await http.whole(answer) if answer.truncated else answer.body
