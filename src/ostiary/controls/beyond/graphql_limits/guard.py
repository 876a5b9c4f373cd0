"""Requests are measured before the application sees them; its errors tell no names that were only guessed at."""

from __future__ import annotations

import functools
import hashlib
import re
from collections import Counter
from typing import Final

from ostiary.controls.beyond.graphql_limits.settings import Settings
from ostiary.errors import Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts import body as bodies
from ostiary.parts.field_words import words
from ostiary.parts.graphql_requests import (
    MEDIA,
    Asked,
    in_body,
    in_query,
    is_graphql,
    speaks_graphql,
    without_suggestions,
)
from ostiary.parts.graphql_text import Measurer, Measures, installed, require
from ostiary.parts.reply import has_body, is_json, plain_body, replace_body

_ID = "beyond.graphql-limits"
_GUESSED: Final = frozenset({  # root fields that try a secret: asked many times at once, they are many guesses
    "login", "signin", "logon", "authenticate", "otp", "totp", "mfa", "2fa", "verify", "password", "passcode", "pin", "token",
    "reset", "code", "redeem", "coupon", "voucher", "unlock",
})  # fmt: skip
_SUGGESTS: Final = re.compile(rb"did you mean", re.IGNORECASE)


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Measure what the operation's requests ask for; one that does not speak GraphQL has no stage."""
    anywhere = site.api is None and operation.path == "*"  # without a document, paths are looked at one by one
    said = settings.graphql if settings.graphql is not None else speaks_graphql(operation)
    if not (said or (anywhere and settings.graphql is None)):
        return None
    if not said and not installed():
        return _UNREAD  # nobody asked for GraphQL by name: it is refused where it comes, and nothing else is
    require(f"[{_ID}]")
    return _hooks(settings, anywhere=anywhere and not said)


@functools.lru_cache(maxsize=64)
def _hooks(settings: Settings, *, anywhere: bool) -> Hooks:
    limits = _Limits(settings)

    def head(exchange: Exchange) -> None:
        if (not anywhere or is_graphql(exchange.path)) and not exchange.websocket:
            limits.head(exchange)

    def body(exchange: Exchange) -> None:
        if exchange.body and (not anywhere or is_graphql(exchange.path)):
            limits.check(in_body(exchange, settings.batch))

    def reply_body(exchange: Exchange) -> None:
        if not anywhere or is_graphql(exchange.path):
            _hide(exchange)

    return Hooks(
        head=head, body=body, reply_body=None if settings.suggestions else reply_body,
        inspects=None if settings.suggestions else _inspects,
    )  # fmt: skip


def _refuse(exchange: Exchange) -> None:
    if is_graphql(exchange.path):
        raise Denied(503, "GraphQL cannot be looked into here")  # the library is not there: `require` says which


_UNREAD: Final = Hooks(head=_refuse)


def _inspects(exchange: Exchange) -> bool:
    return is_json(exchange) and has_body(exchange)


def _hide(exchange: Exchange) -> None:
    body = plain_body(exchange)
    shown = without_suggestions(body) if _SUGGESTS.search(body) else None
    if shown is not None:
        replace_body(exchange, shown)


class _Limits:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._measurer = Measurer(settings.tokens)
        self._persisted = frozenset(each.lower().removeprefix("sha256:") for each in settings.persisted)

    def head(self, exchange: Exchange) -> None:
        """Check what stands in the URL, and that the body will be of a type that can be looked into."""
        asking = exchange.method in {"GET", "HEAD"}
        if exchange.query:
            found = in_query(exchange.query)
            kinds = self.check(found) if found else frozenset()
            if asking and "mutation" in kinds:  # GraphQL over HTTP: whoever follows a link would change something
                raise Denied(405, "a mutation is not asked for by GET", {"allow": "POST"})
        media = bodies.media_type(exchange)
        if media and not asking and not (bodies.is_json(media) or media in MEDIA):
            raise Denied(415, "GraphQL is not accepted in this media type", {"accept": "application/json"})

    def check(self, several: list[Asked]) -> frozenset[str]:
        """Hold requests of one exchange against the limits; the kinds of operations among them."""
        settings = self._settings
        roots: Counter[str] = Counter()
        kinds: set[str] = set()
        aliases = cost = changes = tokens = 0
        for each in several:
            if self._persisted and not self._is_known(each):
                raise Denied(400, "this GraphQL document is not one of those that are accepted")
            if not each.text:
                continue  # named by its digest: it was measured when it came with it, or the policy knows it
            if len(each.text.encode("utf-8", "surrogatepass")) > settings.length:
                raise Denied(400, f"the GraphQL document is longer than {settings.length} bytes")
            found = self._measurer.measure(each.text, each.variables, spent=tokens)
            tokens += found.tokens
            self._check_one(found)
            kinds |= found.kinds
            roots.update(found.roots)
            aliases, cost = aliases + found.aliases, cost + found.cost
            changes += sum(found.roots.values()) if "mutation" in found.kinds else 0
        _most("root fields", sum(roots.values()), settings.roots)
        _most("root fields of mutations", changes, settings.mutations)
        _most("aliases", aliases, settings.aliases)
        _most("cost", cost, settings.cost)
        guesses = [count for name, count in roots.items() if not _GUESSED.isdisjoint(words(name))]
        _most("repetitions of one field", max(guesses, default=0), settings.repeats)
        return frozenset(kinds)

    def _check_one(self, found: Measures) -> None:
        _most("depth", found.depth, self._settings.depth)
        _most("directives", found.directives, self._settings.directives)
        if found.introspects and not self._settings.introspection:
            raise Denied(400, "introspection is switched off")

    def _is_known(self, asked: Asked) -> bool:
        if not asked.text:
            return asked.digest.lower() in self._persisted
        return hashlib.sha256(asked.text.encode("utf-8", "surrogatepass")).hexdigest() in self._persisted


def _most(what: str, found: int, most: int) -> None:
    if found > most:
        raise Denied(400, f"the GraphQL request is over a limit: {what}, at most {most}")
