"""Where descriptions of APIs usually are, and how replies and pages say where theirs is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.evidence import Answer
from ostiary.parts.seen.bodies import NOT_JSON, parse
from ostiary.parts.seen.links import local, related

DOCUMENTS: Final = (
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
    "/swagger/doc.json",  # swaggo
    "/openapi/v1.json",  # ASP.NET 9
    "/api/schema/?format=json",  # drf-spectacular
    "/schema/?format=json",
    "/schema/openapi.json",
    "/api/swagger.json",
    "/api/v1/openapi.json",
    "/api/docs.json",  # API Platform
    "/api-json",  # NestJS
    "/docs/openapi.json",
    "/docs-json",
    "/docs/api-docs.json",  # l5-swagger
    "/docs.json",
    "/apispec_1.json",  # flasgger
    "/swagger.yaml",
    "/api-docs.json",
    "/documentation/json",  # fastify-swagger
    "/.well-known/openapi.json",
    "/q/openapi",  # Quarkus
    "/openapi",
)
CATALOG: Final = "/.well-known/api-catalog"  # RFC 9727
PAGES: Final = (
    "/docs", "/docs/", "/redoc", "/swagger-ui/index.html", "/swagger-ui.html", "/swagger/index.html", "/swagger", "/api/docs",
    "/api-docs/", "/apidocs/", "/documentation", "/api", "/v3/api-docs/swagger-config",
)  # fmt: skip
GRAPHQL: Final = (
    "/graphql", "/api/graphql", "/v1/graphql", "/graphql/v1", "/api/v1/graphql", "/query", "/gql", "/graphql/",
)  # fmt: skip
_RELATIONS: Final = frozenset({"service-desc", "describedby", "service-doc", "openapi", "swagger", "api-catalog"})
_NAMED: Final = re.compile(
    r"(?:\bspec-?url|\bdata-(?:spec-)?url|\bapiDescriptionUrl|\burl|\bdefinitionUrl|\bconfigUrl|\bspec)[\"']?\s*[:=]\s*[\"']([^\"'\s<>]{1,300})[\"']",
    re.IGNORECASE,
)
_SCRIPTS: Final = re.compile(r"<script[^>]+src=[\"']([^\"'<>]*(?:swagger-ui-init|swagger-initializer|initializer)[^\"'<>]*\.js[^\"'<>]*)[\"']", re.IGNORECASE)  # fmt: skip
_LINKED: Final = re.compile(r"(?:href|src|content)=[\"']([^\"'<>\s]*(?:openapi|swagger|api-docs|apispec|schema)[^\"'<>\s]*\.(?:json|ya?ml)(?:\?[^\"'<>\s]*)?)[\"']", re.IGNORECASE)  # fmt: skip
_NOT_A_DOCUMENT: Final = re.compile(r"\.(?:js|css|png|svg|html?|ico|map)(?:\?|$)|petstore\.swagger\.io", re.IGNORECASE)
_INLINE: Final = re.compile(r"[\"']?(?:swaggerDoc|spec|__redoc_state|definition)[\"']?\s*[:=]\s*(?=\{)")
_NAMES_ONE: Final = re.compile(r"openapi|swagger|api-?docs|^url$|schema|apispec", re.IGNORECASE)
_LOOKED_AT: Final = 1 << 20
_FEW: Final = 6


def told(answer: Answer, base: str) -> list[str]:
    """Targets where a reply says that a description is: by Link header, API catalogue, configuration or page."""
    if not answer.accepted:
        return []
    given = [each.target for each in related(answer) if _RELATIONS & set(each.relations)]
    plain = parse(answer.body) if answer.body.lstrip()[:1] in {b"{", b"["} else NOT_JSON
    if plain is not NOT_JSON:
        given += _in_document(plain)
    elif answer.media_type in {"text/html", "application/xhtml+xml", "text/javascript", "application/javascript"}:
        text = answer.body[:_LOOKED_AT].decode("utf-8", "replace")
        given += [each for each in (*_NAMED.findall(text), *_LINKED.findall(text)) if not _NOT_A_DOCUMENT.search(each)]
        given += _SCRIPTS.findall(text)
    targets = [local(base, answer.asked.target, each.replace("\\/", "/")) for each in given]
    return list(dict.fromkeys(each for each in targets if each is not None and each != answer.asked.target))[:_FEW]


def _in_document(plain: Any) -> Iterator[str]:
    """An API catalogue's link set (RFC 9264), Swagger UI's configuration, or a root that names its description."""
    if not isinstance(plain, Mapping):
        return
    for entry in plain.get("linkset") or () if isinstance(plain.get("linkset"), list) else ():
        for relation in ("service-desc", "item", "describedby"):
            listed = entry.get(relation) if isinstance(entry, Mapping) else None
            yield from (str(each["href"]) for each in listed or () if isinstance(each, Mapping) and "href" in each)
    for key, value in plain.items():
        link = value.get("href") if isinstance(value, Mapping) else value
        if isinstance(link, str) and _NAMES_ONE.search(str(key)):
            yield link
    urls = plain.get("urls")
    yield from (str(each["url"]) for each in urls or () if isinstance(urls, list) and isinstance(each, Mapping) and "url" in each)  # fmt: skip


def inline(answer: Answer) -> Mapping[str, Any] | None:
    """The description that a page or script carries inside itself, as swagger-ui-express does; or None."""
    if not answer.accepted or answer.body.lstrip()[:1] in {b"{", b"["}:
        return None
    text = answer.body.decode("utf-8", "replace")
    for match in list(_INLINE.finditer(text))[:_FEW]:
        try:
            found, _ = json.JSONDecoder().raw_decode(text, match.end())
        except (ValueError, RecursionError):
            continue
        for each in (found, *(found.values() if isinstance(found, dict) else ())):
            for inner in (each, *(each.values() if isinstance(each, Mapping) else ())):
                if isinstance(inner, Mapping) and ("openapi" in inner or "swagger" in inner) and "paths" in inner:
                    return inner
    return None
