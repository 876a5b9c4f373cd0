"""The object is read before a write, and the reply before it leaves; what neither shows to be the caller's is not there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from ostiary.controls.userdata.ownership_check.settings import CONTROL, Rules, Settings
from ostiary.errors import Denied
from ostiary.model import Exchange, Site
from ostiary.parts import json_text
from ostiary.parts import ownership_replies as replies
from ostiary.parts.ownership_objects import ask
from ostiary.parts.reply import replace_body
from ostiary.parts.rights import nothing_here

EXEMPT: Final = "exempt"  # notes of an exchange: who may see everything,
_SHOWN: Final = "shown"  # and what was read and may leave


def asking(rules: Rules, site: Site) -> Callable[[Exchange], Awaitable[None]]:
    """Ask the application: for the object of a write, and for the reply that a HEAD would not show."""
    source = rules.source
    objects = [replies.judge_of(rule) for rule in rules.object]
    shown = [replies.judge_of(rule) for rule in rules.response]

    async def check(exchange: Exchange, judges: list[replies.Judge], target: bytes) -> None:
        asked = await ask(site, exchange, target)
        if asked[0] >= 500:  # noqa: PLR2004 - a server error says nothing about an object
            raise Denied(502, "the service did not give a proper reply")
        try:
            document = replies.read_asked(asked)
        except Denied:
            raise nothing_here() from None
        principal: Any = exchange.principal
        if replies.keep_own(judges, principal, document, recount=False) is None:
            raise nothing_here()

    async def later(exchange: Exchange) -> None:
        if source is not None:
            await check(exchange, objects, source.target(exchange))
        if shown and exchange.method == "HEAD":
            query = b"?" + exchange.query if exchange.query else b""
            await check(exchange, shown, exchange.raw_path + query)
            exchange.note(CONTROL, _SHOWN)

    return later


def showing(settings: Settings, rules: Rules) -> Callable[[Exchange], None]:
    """Read the reply, and take from it what is not the caller's."""
    judges = [replies.judge_of(rule) for rule in rules.response]
    recount = settings.counters == "recount"
    lists = any(judge.prefix is not None for judge in judges)

    def reply_body(exchange: Exchange) -> None:
        if exchange.notes.get(CONTROL) is EXEMPT or not 200 <= exchange.status < 300:  # noqa: PLR2004 - RFC 9110 section 15.3
            return
        principal: Any = exchange.principal
        try:
            document = replies.read(exchange, exact=lists)
        except Denied:
            raise nothing_here() from None  # what cannot be read might be anybody's
        changed = replies.keep_own(judges, principal, document, recount=recount)
        if changed is None:
            raise nothing_here()
        if changed:
            replace_body(exchange, json_text.dumps(document))
        exchange.note(CONTROL, _SHOWN)

    return reply_body


def leaving(settings: Settings, rules: Rules) -> Callable[[Exchange], None]:
    """Let nothing leave that was not read, and nothing that tells a foreign object from a missing one."""
    counting = settings.counters == "recount" and any(rule.prefix is not None for rule in rules.response)

    def reply(exchange: Exchange) -> None:
        state = exchange.notes.get(CONTROL)
        if exchange.ours or state is EXEMPT:
            return
        if state is _SHOWN and 200 <= exchange.status < 300:  # noqa: PLR2004 - as above
            if counting:
                replies.drop_counting(exchange)
            return
        refusal = replies.settle(exchange, shown=True)
        if refusal is not None:
            raise refusal if refusal.status != 404 else nothing_here()  # noqa: PLR2004 - as any unknown path

    return reply


def hide(exchange: Exchange) -> None:
    """As `leaving`, where no rule is about the reply: the application's own refusals look alike."""
    if exchange.ours or exchange.notes.get(CONTROL) is EXEMPT:
        return
    if replies.settle(exchange, shown=False) is not None:
        raise nothing_here()
