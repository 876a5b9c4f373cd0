"""Limiters that code puts before its operations, and how far they reach; one that is not here may stand in front."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Finding, passed, unknown
from ostiary.parts.code import excerpts
from ostiary.parts.code.judging import read

_SHOWN: Final = 4
_LIMITERS: Final = (
    "slowapi*", "flask_limiter*", "django_ratelimit*", "ratelimit*", "fastapi_limiter*", "limits*", "aiolimiter*",
    "express-rate-limit*", "rate-limiter-flexible*", "express-slow-down*", "@fastify/rate-limit*", "@nestjs/throttler*", "koa-ratelimit*",
    "hono-rate-limiter*", "io.github.bucket4j*", "com.bucket4j*", "io.github.resilience4j.ratelimiter*", "com.google.common.util.concurrent.RateLimiter",
    "github.com/didip/tollbooth*", "github.com/ulule/limiter*", "github.com/go-chi/httprate*", "golang.org/x/time/rate*",
    "github.com/gin-contrib/ratelimit*", "rack/attack*", "rack-attack*",
)  # fmt: skip
_GUARDING: Final = re.compile(r"(?i)rate-?_?limit|throttl|limiter|slow-?_?down|bucket|tollbooth|httprate")
_MOUNTS: Final = (
    ".use",
    ".Use",
    ".add_middleware",
    ".register",
    ".useGlobalGuards",
    ".addFilter",
    ".add",
    "config.middleware.use",
)
_OPEN_PART: Final = 0.2  # of the operations may be without: health checks and documents


async def audit_source(tree: Tree) -> Finding:
    """What limiters stand before; where none is seen nothing is held against code: a proxy may limit."""
    routes = tree.code.routes
    everywhere = list(_everywhere(tree))
    imported = [*tree.code.imports(*_LIMITERS), *tree.code.calls("Rack.Attack.throttle")]
    before = [each for each in routes if any(map(_GUARDING.search, each.guards))]
    if everywhere or (before and len(before) >= (1 - _OPEN_PART) * len(routes)):
        spots: list[Spot] = everywhere or list(before)
        shown = [tree.show(each.place, "a limiter before every operation") for each in spots[:_SHOWN]]
        return passed(
            f"a limiter stands before {'every operation' if everywhere else _of(len(before), len(routes))}", *shown
        )
    if before or imported:
        shown = [tree.show(each.place, "a limiter") for each in [*before, *imported][:_SHOWN]]
        return unknown(
            f"a limiter is in use, but it is seen before {_of(len(before), len(routes))}; what limits the others is not told here",
            *shown,
        )
    if routes:
        return unknown(
            f"no limiter is seen in {read(tree)} that serve {len(routes)} operations; one may stand in front (a proxy, a gateway)"
        )
    return unknown(f"no limiter is seen in {read(tree)}, and no operation that a known framework serves")


def _of(some: int, every: int) -> str:
    return f"{some} of {every} operation{'s' * (every != 1)}"


def _everywhere(tree: Tree) -> Iterator[Spot]:
    """Limiters that apply to a whole application."""
    code = tree.code
    for call in code.calls("slowapi.Limiter", "flask_limiter.Limiter"):
        if "default_limits" in call.keywords or "application_limits" in call.keywords:
            yield call
    for each in code.assignments("REST_FRAMEWORK*", "DEFAULT_THROTTLE_CLASSES"):
        classes = each.value.pairs.get("DEFAULT_THROTTLE_CLASSES")
        if classes is not None and (classes.parts or (classes.known and classes.literal)):
            yield each
    for call in code.calls(*_MOUNTS):
        if call.args and _whole(call) and any(_is_limiter(each.text, each.name, each.call) for each in call.args):
            yield call
    for each in code.assignments("*.provide", "provide"):  # NestJS
        if each.value.text.endswith("APP_GUARD") and code.calls(
            "*ThrottlerModule.forRoot", "*ThrottlerModule.forRootAsync"
        ):
            yield each
    yield from _rack(tree)


def _rack(tree: Tree) -> Iterator[Spot]:
    """Limiters of Rack::Attack that count every request, whatever its path."""
    for call in tree.code.calls("Rack.Attack.throttle"):
        block = " ".join(excerpts.lines(tree, call.path, call.line, call.line + 3))
        if not re.search(r"\b(?:path|if|unless|post\?)\b", block):
            yield call


def _whole(call: Call) -> bool:
    """Whether it is mounted without a path of its own, or for the root."""
    first = call.args[0].literal
    return not isinstance(first, str) or first in {"/", "*", "/api", "/api/"}


def _is_limiter(text: str, name: str, made: Call | None) -> bool:
    return any(_GUARDING.search(each) for each in (name, made.name if made is not None else "", text.partition("(")[0]))
