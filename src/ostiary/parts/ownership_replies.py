"""A reply about an object leaves only when the object is read and found to be the caller's; of lists, his items leave."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from ostiary.errors import Denied
from ostiary.model import Asked, Exchange, Principal
from ostiary.parts import json_text
from ostiary.parts import reply as replies
from ostiary.parts.ownership import Bind, Finder, Holds, Rule, Steps, text_of
from ostiary.strict import DecodeError, loads

# Answers to a request that is wrong whatever object it names (RFC 9110 section 15.5, RFC 6585).
ABOUT_THE_REQUEST: Final = frozenset({400, 401, 405, 406, 408, 411, 413, 414, 415, 417, 421, 422, 426, 428, 429, 431})
HIDDEN: Final = frozenset({403, 404, 410})  # what tells a foreign object from a missing one

# An answer to these would tell of an object without showing it (RFC 9110 sections 13.1 and 14).
CONDITIONAL: Final = frozenset(
    {b"if-none-match", b"if-modified-since", b"if-match", b"if-unmodified-since", b"if-range", b"range"}
)

_COUNTERS: Final = frozenset(
    """total count totalcount totalitems totalresults totalelements totalrecords totalrows totalhits totalentries
    numfound numresults numberofelements numberofresults itemcount recordcount resultcount rowcount odatacount""".split()  # noqa: SIM905 - a table of words
)
_PAGES: Final = frozenset({"pages", "totalpages", "pagecount", "lastpage", "numpages", "pagetotal"})
_BESIDE: Final = frozenset({"meta", "metadata", "pagination", "paging", "page", "pageinfo", "pageable"})
_COUNTING: Final = frozenset({b"total", b"totals", b"count", b"counts", b"pages", b"pagination"})
_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]{0,37}")  # as an integer is written
_SEPARATORS: Final = re.compile(r"[^a-z0-9]+")
_LINK: Final = re.compile(rb'<[^<>]*>(?:[^,"]|"[^"]*")*')  # one link of a Link field (RFC 8288 section 3)
_LAST: Final = re.compile(rb';\s*rel\s*=\s*(?:"(?:[^"]*\s)?last(?:\s[^"]*)?"|last\b)', re.IGNORECASE)
_FAILED: Final = 500  # and above: the application did not decide anything


class Judge(NamedTuple):
    """A rule about a reply, ready to be asked."""

    prefix: Steps | None
    bind: Bind


def judge_of(rule: Rule) -> Judge:
    """Make a rule ready; most are about one member, and are asked for every item of a list."""
    simple = rule.simple
    if simple is None or len(simple[0]) != 1:
        return Judge(rule.prefix, rule.against(_finder))
    (name,), read = simple

    def bind(principal: Principal) -> Holds:
        own = text_of(read(principal))
        if own is None:
            return lambda _: False
        number = (
            int(own) if _NUMBER.fullmatch(own) else None
        )  # a list of numbers is compared without writing each as a text

        def holds(item: Any) -> bool:
            if item.__class__ is not dict:
                return False
            value = item.get(name)
            kind = value.__class__
            return value == own if kind is str else kind is int and value == number

        return holds

    return Judge(rule.prefix, bind)


def _finder(steps: Steps) -> Finder:
    def find(document: Any) -> list[Any]:
        for step in steps:
            if not isinstance(document, dict) or step not in document:
                return []
            document = document[step]
        return [document]

    return find


def read(exchange: Exchange, *, exact: bool = True) -> Any:
    """The document of a reply that was read whole.

    :param exact: with numbers as they are written, for a document that may be written again.
    :raises Denied: 502 when it is not JSON.
    """
    types = [value for name, value in exchange.reply_headers if name == b"content-type"]
    if len(types) != 1 or not replies.is_json_type(types[0]):
        raise Denied(502, "")
    try:
        text = replies.plain_body(exchange)
        return json_text.parse(text) if exact else loads(text)
    except (Denied, DecodeError, RecursionError, UnicodeDecodeError):
        raise Denied(502, "") from None


def read_asked(asked: Asked) -> Any:
    """The document of a reply to a question of our own.

    :raises Denied: 502 when it is not one.
    """
    scratch = Exchange("GET", b"/", b"", [])
    scratch.status, headers, scratch.reply_body = asked
    scratch.reply_headers = headers
    if not 200 <= scratch.status < 300:  # noqa: PLR2004 - RFC 9110 section 15.3
        raise Denied(502, "")
    return read(scratch, exact=False)


def keep_own(judges: Iterable[Judge], principal: Principal, document: Any, *, recount: bool) -> bool | None:
    """Take from the document what is not the caller's: whether it changed, or None where nothing of it may be seen.

    :param recount: make the counters beside a list say what is left of it.
    """
    changed = False
    for prefix, bind in judges:
        holds = bind(principal)
        if prefix is None:
            if not holds(document):
                return None
            continue
        holders = [document]
        items = document
        for step in prefix:
            items = items.get(step) if isinstance(items, dict) else None
            holders.append(items)
        if not isinstance(items, list):
            return None
        before = len(items)
        items[:] = [each for each in items if holds(each)]
        changed = changed or len(items) != before
        if recount:
            changed = _recount(holders[-2] if prefix else None, document, len(items)) or changed
    return changed


def _recount(holder: Any, document: Any, left: int) -> bool:
    changed = False
    for each in _beside(holder, document):
        for key, value in each.items():
            plain = _SEPARATORS.sub("", key.casefold())
            told = left if plain in _COUNTERS else 1 if plain in _PAGES else None
            if told is not None and value.__class__ is int and value != told:
                each[key] = told
                changed = True
    return changed


def _beside(*holders: Any) -> Iterator[dict[str, Any]]:
    for holder in holders:
        if isinstance(holder, dict):
            yield holder
            for key, value in holder.items():
                if isinstance(value, dict) and _SEPARATORS.sub("", key.casefold()) in _BESIDE:
                    yield value


def drop_counting(exchange: Exchange) -> None:
    """Take from the reply's head what tells how long the whole list is."""
    kept = []
    for name, value in exchange.reply_headers:
        if name == b"content-range" or not _COUNTING.isdisjoint(name.split(b"-")):
            continue
        if name == b"link":
            links = [link.strip() for link in _LINK.findall(value) if _LAST.search(link) is None]
            if not links:
                continue
            kept.append((name, b", ".join(links)))
        else:
            kept.append((name, value))
    if exchange.method == "HEAD":  # of a body that nobody filtered
        kept = [pair for pair in kept if pair[0] not in {b"content-length", b"etag", b"content-md5", b"digest"}]
    exchange.reply_headers = kept


def settle(exchange: Exchange, *, shown: bool) -> Denied | None:
    """What stands in place of a reply that says, by its status alone, whether there is an object; None: it may leave.

    :param shown: whether the reply would show an object, so that nothing leaves but what was read, and what is about
        the request.
    """
    status = exchange.status
    if status in HIDDEN:
        return Denied(404, "")
    if not shown or status in ABOUT_THE_REQUEST:
        return None
    if status >= _FAILED:
        return replies.instead(exchange, status)
    if status == 409 and exchange.method not in {"GET", "HEAD"}:  # noqa: PLR2004 - RFC 9110 section 15.5.10
        return None
    return Denied(404, "")
