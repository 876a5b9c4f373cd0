"""Bound the operation's page sizes; one without has no stage."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated, Final, Literal

from ostiary.errors import Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts.page_sizes import PageSize, items_in, number_of, page_sizes, replaced
from ostiary.parts.reply import has_body, instead, is_json, plain_body
from ostiary.parts.texts import query_pairs
from ostiary.strict import DecodeError, Meta, Size, Strict, loads

MOST: Final = 1000  # items of a page where neither the document nor the policy says how many
_OK = range(200, 300)
logger = logging.getLogger("ostiary.guard")


class Settings(Strict, frozen=True):
    """How many items a caller may ask for, and get.

    ``most``: the largest page; 0 means the document's ``maximum``, or 1000 where it gives none. Above a declared
    maximum the request is refused; above ours it is (``over``) cut down to it before the application sees it, or refused
    too. Numbers that are negative or no numbers are refused where the document says ``integer``. ``items`` and ``size`` bound
    the replies of operations that have a page size (0: they are not looked at); ``over-reply`` says whether a larger
    one is logged or refused.
    """

    most: Annotated[int, Meta(ge=0, le=10_000_000)] = 0
    over: Literal["clamp", "refuse"] = "clamp"
    items: Annotated[int, Meta(ge=0, le=10_000_000)] = 0
    size: Size = Size(0)
    over_reply: Literal["log", "refuse"] = "log"


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Bound the operation's page sizes; one without has no stage."""
    found = page_sizes(operation)
    if not found:
        return None
    watch = _watching(settings, operation) if settings.items or settings.size else None
    return Hooks(
        head=_head(settings, found), reply_body=watch, inspects=_inspects if watch is not None else None, pure=True
    )


def _head(settings: Settings, found: list[PageSize]) -> Callable[[Exchange], None]:
    by_name = {each.name.lower(): each for each in found}  # some frameworks take names in any letter case
    refuses = settings.over == "refuse"

    def head(exchange: Exchange) -> None:
        if not exchange.query:
            return
        changes: dict[str, int] = {}
        seen: set[str] = set()
        for name, text in query_pairs(exchange.query, by_name):
            size = by_name[name.lower()]
            if size.name in seen:
                raise _wrong(size, "given more than once")
            seen.add(size.name)
            most = _clamped(size, text, settings.most, refuses=refuses)
            if most is not None:
                changes[name] = most
        if changes:
            exchange.rewrite(query=replaced(exchange.query, changes))

    return head


def _clamped(size: PageSize, text: str, most: int, *, refuses: bool) -> int | None:
    """What a value has to be cut down to; None when it may stay."""
    value = number_of(text, whole=size.whole)
    if value is None:
        if size.whole and text:
            raise _wrong(size, "type integer")
        return None
    if size.whole and value < size.minimum:
        raise _wrong(size, f"minimum {size.minimum}")
    if size.maximum is not None and value > size.maximum:
        raise _wrong(size, f"maximum {size.maximum}")
    ours = most or (MOST if size.maximum is None else size.maximum)
    if 0 <= value <= ours:
        return None
    if refuses:  # a negative one stands for "all" with those who let it through
        raise _wrong(size, f"maximum {ours}")
    return ours


def _wrong(size: PageSize, rule: str) -> Denied:
    return Denied(400, "a page size is not within its bounds", faults=[(f"/query/{size.name}", rule)])


def _inspects(exchange: Exchange) -> bool:
    return exchange.status in _OK and is_json(exchange) and has_body(exchange)


def _watching(settings: Settings, operation: Operation) -> Callable[[Exchange], None]:
    refuses = settings.over_reply == "refuse"

    def reply_body(exchange: Exchange) -> None:
        body = plain_body(exchange)
        if not (settings.size and len(body) > settings.size):
            if not settings.items or body.count(b",") < settings.items:
                return  # fewer commas than items: nothing to count
            try:
                if items_in(loads(body)) <= settings.items:
                    return
            except (DecodeError, RecursionError, UnicodeDecodeError):
                return  # output.content-type-forced and output.no-sensitive-data look at what is no JSON
        if refuses:
            raise instead(exchange, 502, "the reply is larger than a page may be")
        logger.warning("%s answered more than a page may hold", operation.key)

    return reply_body
