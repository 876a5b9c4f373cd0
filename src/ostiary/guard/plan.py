"""A plan is one operation with its settings, compiled to tuples of hooks; running it does no I/O."""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Collection, Iterable, Iterator
from typing import Any, NamedTuple

from ostiary import problem
from ostiary.errors import Denied, StoreError
from ostiary.guard.journal import Journal
from ostiary.guard.memo import Head, Memo, head_of, sized
from ostiary.guard.order import BEFORE_READERS, EDGE, ON_CALLER, READERS, REPLY, REQUEST
from ostiary.model import Exchange, Hook, Hooks, Operation, Reply
from ostiary.parts.body import media_type

logger = logging.getLogger("ostiary.guard")

MOST_TYPES = 16  # media types remembered for each operation
HARD_BODY_LIMIT = 64 * 1024 * 1024  # what is buffered when beyond.payload-limits is off: memory has an end all the same


class Part(NamedTuple):
    """A control's hooks for one operation."""

    control: str
    hooks: Hooks


class Plan:
    """What happens to an exchange of one operation.

    A host calls `enter` with the request's head, `check_body` with its body if `buffers` says so, then `leave` with
    the application's status and headers in the exchange, and `leave_body` with its body if `wants_reply_body` says
    so. Each returns None (go on) or a finished reply to send instead, headers included.
    """

    __slots__ = (
        "_after_caller", "_after_known_caller", "_before_caller", "_bodies", "_body", "_drops", "_head", "_impure_head",
        "_impure_reply", "_inspectors", "_journal", "_memo", "_mode", "_owners", "_pure_heads", "_pure_reply", "_reads", "_reply", "_sets",
        "body_limit", "checks_body", "controls", "enforces", "may_inspect", "operation",
    )  # fmt: skip

    def __init__(
        self,
        operation: Operation,
        parts: Iterable[Part],
        *,
        mode: str,
        journal: Journal,
        route: Hook | None = None,
        before: Collection[str] = EDGE,
        memo: Memo | None = None,
        identify: Hook | None = None,
    ) -> None:
        by_control = {part.control: part.hooks for part in parts}
        asking = [Part(each, by_control[each]) for each in REQUEST if each in by_control]
        entering = list(_heads(by_control))
        if identify is not None and READERS.isdisjoint(by_control) and not ON_CALLER.isdisjoint(by_control):
            entering.insert(
                sum(name in BEFORE_READERS for name, _, _ in entering), ("jwt.algorithm-pinned", identify, "")
            )
        if route is not None:
            entering.insert(sum(name in before for name, _, _ in entering), ("", route, ""))
        answering = [Part(each, by_control[each]) for each in REPLY if each in by_control]
        self.operation = operation
        self.controls = tuple(by_control)
        self._mode = mode
        self._journal = journal
        self._owners: dict[Any, str] = {}
        self._head = tuple(self._own(name.partition("/")[0], hook) for name, hook, _ in entering)
        self._body = tuple(self._own(part.control, part.hooks.body) for part in asking if part.hooks.body)
        self._reads = tuple((part.hooks.reads, part.hooks.body) for part in asking if part.hooks.body)
        self._bodies: dict[str, tuple[Any, ...]] = {}  # by media type: the body hooks that have to look
        replying = [part for part in answering if part.hooks.reply]
        self._pure_reply = tuple(self._own(part.control, part.hooks.reply) for part in replying if _is_pure(part))
        self._impure_reply = tuple(self._own(part.control, part.hooks.reply) for part in replying if not _is_pure(part))
        self._reply = self._pure_reply + self._impure_reply
        self._pure_heads = frozenset(hook for _, hook, kind in entering if kind == "pure")
        impure = [(hook, kind) for _, hook, kind in entering if kind != "pure"]
        first = next((at for at, (_, kind) in enumerate(impure) if kind == "by caller"), len(impure))
        self._impure_head = tuple(hook for hook, _ in impure)
        self._before_caller = self._impure_head[:first]
        self._after_caller = self._impure_head[first:]
        self._after_known_caller = tuple(hook for hook, kind in impure[first:] if kind != "by caller")
        self._inspectors = tuple(
            (part.hooks.inspects or _always, self._own(part.control, part.hooks.reply_body))
            for part in answering
            if part.hooks.reply_body
        )
        self._sets = tuple(pair for part in answering for pair in part.hooks.sets)
        set_names = {name for name, _ in self._sets}
        self._drops = frozenset(set_names.union(*(part.hooks.drops for part in answering)))
        limits = [part.hooks.body_limit for part in asking if part.hooks.body_limit is not None]
        self.body_limit = min([*limits, HARD_BODY_LIMIT]) if limits or self._body else None
        self.enforces = mode != "monitor"  # whether refusals are carried out, not only noted
        self.checks_body = bool(self._body)  # whether some control wants to see request bodies of this operation
        self.may_inspect = bool(self._inspectors)  # whether some reply is read whole: it must come uncompressed
        self._memo = memo if self.enforces else None

    def _own(self, control: str, hook: Any) -> Any:
        self._owners[hook] = control
        return hook

    def enter(self, exchange: Exchange) -> Reply | Awaitable[Reply | None] | None:
        """Run the head hooks; the finished reply if one of them refused or answered.

        An awaitable of the same where a hook has to ask remote state.
        """
        memo = self._memo
        head = head_of(self, exchange) if memo is not None else None
        if memo is None or head is None:
            return self._run(self._head, exchange)
        known = memo.find(head)
        if known is None:
            return self._enter_first(memo, head, exchange)
        exchange.known = known
        exchange.client = known.client
        exchange.scheme = known.scheme
        if known.headers is not None:
            exchange.headers = known.headers_of(exchange.headers)
        if known.caller is None:
            answer = self._run(self._impure_head, exchange)
            principal = exchange.principal
            if (
                answer is None and principal is not None and not principal.confirmation
            ):  # who has to prove it, each time
                known.caller = principal
            return answer
        answer = self._run(self._before_caller, exchange)
        if answer is None:
            same = exchange.principal is known.caller
            return self._run(self._after_known_caller if same else self._after_caller, exchange)
        return answer if answer.__class__ is Reply else self._enter_later(answer, exchange)  # type: ignore[arg-type]  # the class says which

    def _enter_first(self, memo: Memo, head: Head, exchange: Exchange) -> Reply | Awaitable[Reply | None] | None:
        """Run every hook, and see what the pure ones make of the request: that is what may be remembered."""
        sent = exchange.headers
        made: Any = sent  # by pure hooks; None: not to be told from what others made
        for hook in self._head:
            before = exchange.headers
            answer = self._run((hook,), exchange)
            if answer is not None:
                if answer.__class__ is Reply:
                    return answer
                rest = self._head[self._head.index(hook) + 1 :]
                return self._enter_later(answer, exchange, rest)  # type: ignore[arg-type]  # the class says which
            if exchange.headers is not before and hook in self._pure_heads:
                made = exchange.headers if before is made else None
                if made is None:
                    return self._run(self._head[self._head.index(hook) + 1 :], exchange)
        exchange.known = memo.add(head, exchange.client, exchange.scheme, None if made is sent else tuple(made))
        return None

    async def _enter_later(
        self, answer: Awaitable[Reply | None], exchange: Exchange, rest: tuple[Any, ...] | None = None
    ) -> Reply | None:
        refusal = await answer
        if refusal is not None:
            return refusal
        result: Any = self._run(self._after_caller if rest is None else rest, exchange)
        return result if result is None or result.__class__ is Reply else await result

    def check_body(self, exchange: Exchange) -> Reply | Awaitable[Reply | None] | None:
        """Run the body hooks on ``exchange.body``; the finished reply if one of them refused or answered, or as `enter`."""
        media = exchange.media_type or media_type(exchange)
        hooks = self._bodies.get(media)
        if hooks is None:
            hooks = tuple([hook for reads, hook in self._reads if reads is None or reads(media)])
            if len(self._bodies) < MOST_TYPES:
                self._bodies[media] = hooks
        return self._run(hooks, exchange)

    def _run(self, hooks: tuple[Any, ...], exchange: Exchange) -> Reply | Awaitable[Reply | None] | None:
        hook: Any = None
        if self._mode == "monitor":
            return self._watch(hooks, exchange)
        try:
            for hook in hooks:
                reply = hook(exchange)
                if reply is not None:
                    if reply.__class__ is not Reply:
                        return self._wait(reply, hook, hooks, exchange)
                    return self.finish(exchange, reply)
        except Denied as denied:
            return self.refuse(exchange, denied, self._owners.get(hook, ""))
        except Exception:  # a control that crashes refuses: it fails closed
            return self.crash(exchange, self._owners.get(hook, ""))
        return None

    async def _wait(
        self, answer: Awaitable[Reply | None], hook: Any, hooks: tuple[Any, ...], exchange: Exchange
    ) -> Reply | None:
        """Go on after a hook that had to ask: its answer first, then the hooks behind it."""
        rest = hooks[hooks.index(hook) + 1 :]
        try:
            reply = await answer
        except Denied as denied:
            if self.enforces:
                return self.refuse(exchange, denied, self._owners.get(hook, ""))
            self._journal.note(exchange, self.operation, self._owners.get(hook, ""), denied, "monitor")
            reply = None
        except Exception:  # as in _run and _watch
            if self.enforces:
                return self.crash(exchange, self._owners.get(hook, ""))
            self._excuse(exchange, self._owners.get(hook, ""))
            reply = None
        if reply is not None:
            return self.finish(exchange, reply)
        result = self._run(rest, exchange)
        return result if result is None or result.__class__ is Reply else await result  # type: ignore[misc]  # the class says which

    def _watch(self, hooks: tuple[Any, ...], exchange: Exchange) -> Reply | Awaitable[Reply | None] | None:
        for hook in hooks:
            try:
                reply = hook(exchange)
            except Denied as denied:
                self._journal.note(exchange, self.operation, self._owners[hook], denied, "monitor")
                continue
            except Exception:  # as in _excuse
                self._excuse(exchange, self._owners[hook])
                continue
            if reply is not None:
                if reply.__class__ is not Reply:
                    return self._wait(reply, hook, hooks, exchange)
                return self.finish(exchange, reply)
        return None

    def refuse(self, exchange: Exchange, denied: Denied, control: str = "") -> Reply:
        """Note a refusal and render it, reply hooks applied; hosts call it for refusals of their own too."""
        self._journal.note(exchange, self.operation, control, denied, "enforce")
        return self.finish(exchange, problem.render(exchange, denied))

    def note(self, exchange: Exchange, denied: Denied, control: str = "") -> None:
        """Note what a host would have refused, had the plan not been in monitor mode."""
        self._journal.note(exchange, self.operation, control, denied, "monitor")

    def crash(self, exchange: Exchange, control: str = "") -> Reply:
        """Log the exception being handled with the exchange's id, and render a 500 that tells nothing.

        State that is unreachable is a 503 instead, and no fault in the code: one line says so, and that it is worth
        trying again.
        """
        error = sys.exception()
        if isinstance(error, StoreError):
            self._journal.note(exchange, self.operation, control, Denied(503, str(error)), "enforce")
            return self.finish(exchange, problem.render(exchange, Denied(503, "", {"retry-after": "1"})))
        logger.error(
            "exchange %s failed in %s",
            problem.exchange_id(exchange),
            control or "the application",
            exc_info=True,  # noqa: LOG014 - every caller is one
        )
        return self.finish(exchange, problem.render(exchange, Denied(500, "")))

    def _excuse(self, exchange: Exchange, control: str) -> None:
        """As `crash`, in monitor mode, which promises to break nothing; the log has the traceback."""
        error = sys.exception()
        if isinstance(error, StoreError):
            self._journal.note(exchange, self.operation, control, Denied(503, str(error)), "monitor")
        else:
            logger.error("control %s crashed", control, exc_info=True)  # noqa: LOG014 - as above

    def finish(self, exchange: Exchange, reply: Reply) -> Reply:
        """Pass a reply of ours through the reply hooks, as any reply; a hook that objects to it is ignored.

        The given reply is left as it is: a control may return the same one every time.
        """
        if not exchange.ours:
            exchange.told = exchange.status
        exchange.status = reply.status
        exchange.reply_headers = list(reply.headers)
        exchange.reply_body = reply.body
        exchange.ours = True
        self._fold(exchange)
        for hook in self._reply:
            try:
                hook(exchange)
            except Denied:  # it would have the application's reply refused, and that is what we are doing
                continue
            except Exception:  # our own reply must leave
                logger.exception("control %s crashed on a reply of ours", self._owners[hook])
        return Reply(status=exchange.status, headers=exchange.reply_headers, body=reply.body)

    def leave(self, exchange: Exchange) -> Reply | None:
        """Run the reply hooks on the application's status and headers; a finished reply if they may not leave."""
        known = exchange.known
        if known is None:
            self._fold(exchange)
            return self._filter(self._reply, exchange)
        head = (exchange.status, sized(exchange.reply_headers))
        headers = known.reply(head, exchange.reply_headers)
        if headers is not None:
            exchange.reply_headers = headers
        else:
            self._fold(exchange)
            refusal = self._filter(self._pure_reply, exchange)
            if refusal is not None:
                return refusal
            if exchange.status == head[0]:
                known.add_reply(head, tuple(exchange.reply_headers))
        return self._filter(self._impure_reply, exchange)

    def _filter(self, hooks: tuple[Any, ...], exchange: Exchange) -> Reply | None:
        hook: Any = None
        if self._mode == "monitor":
            for hook in hooks:
                self._watch((hook,), exchange)
            return None
        try:
            for hook in hooks:
                hook(exchange)
        except Denied as denied:
            return self.refuse(exchange, denied, self._owners[hook])
        except Exception:  # as in _run
            return self.crash(exchange, self._owners[hook])
        return None

    def wants_reply_body(self, exchange: Exchange) -> bool:
        """Whether the reply has to be held back and read whole; asked when its head is known, before `leave`."""
        wanting = exchange.inspectors = self._wanting(exchange)
        return bool(wanting)

    def _wanting(self, exchange: Exchange) -> tuple[Any, ...]:
        known = exchange.known
        if known is None:
            return tuple([pair for pair in self._inspectors if pair[0](exchange)])
        head = (exchange.status, tuple(exchange.reply_headers))
        wanting: tuple[Any, ...] | None = known.inspectors(head)
        if wanting is None:
            wanting = tuple([pair for pair in self._inspectors if pair[0](exchange)])
            known.add_inspectors(head, wanting)
        return wanting

    def leave_body(self, exchange: Exchange) -> Reply | None:
        """Run the inspecting hooks on ``exchange.reply_body``, which they may replace; before `leave`.

        In monitor mode the reply leaves as it came: hooks say what they see, and nothing is taken out.
        """
        if self.enforces:
            return self._inspect(exchange)
        kept = (exchange.status, exchange.reply_headers, exchange.reply_body)
        exchange.reply_headers = list(exchange.reply_headers)
        self._inspect(exchange)
        exchange.status, exchange.reply_headers, exchange.reply_body = kept
        return None

    def _inspect(self, exchange: Exchange) -> Reply | None:
        headers = exchange.reply_headers
        wanting = exchange.inspectors
        left = list(self._wanting(exchange) if wanting is None else wanting)
        while left:
            _, hook = left.pop(0)
            try:
                hook(exchange)
                if exchange.reply_headers is not headers:  # relabelled: who comes later may want it now
                    headers = exchange.reply_headers
                    after = [own for _, own in self._inspectors].index(hook) + 1
                    left = [pair for pair in self._inspectors[after:] if pair[0](exchange)]
            except Denied as denied:
                control = self._owners[hook]
                if self._mode != "monitor":
                    return self.refuse(exchange, denied, control)
                self._journal.note(exchange, self.operation, control, denied, "monitor")
            except Exception:  # as in _run and _watch
                if self._mode != "monitor":
                    return self.crash(exchange, self._owners[hook])
                logger.exception("control %s crashed", self._owners[hook])
        return None

    def _fold(self, exchange: Exchange) -> None:
        """Unconditional header changes go first: what a hook adds afterwards stays."""
        drops = self._drops
        if drops:
            exchange.reply_headers = [pair for pair in exchange.reply_headers if pair[0] not in drops]
        exchange.reply_headers += self._sets


def _heads(by_control: dict[str, Hooks]) -> Iterator[tuple[str, Any, str]]:
    """The head hooks in their order, each once: name in `REQUEST`, hook, and "pure", "by caller" or ""."""
    seen = set()
    for name in REQUEST:
        control, _, part = name.partition("/")
        hooks = by_control.get(control)
        hook = None if hooks is None else hooks.caller if part else hooks.head
        if hooks is not None and hook is not None and hook not in seen:
            seen.add(hook)
            pure = hooks.pure and not part
            kind = "pure" if pure else "by caller" if hooks.by_caller else ""
            yield name, hook, kind


def _is_pure(part: Part) -> bool:
    return part.hooks.pure or part.hooks.pure_reply


def _always(_: Exchange) -> bool:
    return True
