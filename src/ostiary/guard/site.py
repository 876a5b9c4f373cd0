"""From a policy and a document to routes: everything that can be wrong is wrong here, before a port opens."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import replace

from ostiary.catalogue import did_you_mean
from ostiary.config import Config, check, check_extensions, resolve, role_of
from ostiary.errors import ConfigError, Denied
from ostiary.guard.compilation import compile_plan
from ostiary.guard.journal import Journal
from ostiary.guard.memo import Memo
from ostiary.guard.order import REQUEST
from ostiary.guard.plan import Plan
from ostiary.guard.routes import Routes, plain_path, with_undeclared
from ostiary.model import Api, Exchange, Operation, Reply, Site, Upstream
from ostiary.parts.rights_aliases import read_aliases, with_aliases
from ostiary.store.opening import open_store

_ALIASING = "processing.me-not-user-id"


class Compiled:
    """A policy ready to run, the same for every host."""

    def __init__(
        self,
        config: Config,
        api: Api | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Compile a policy over a document; without one every path is let through to the header controls.

        :raises ConfigError: when the policy cannot work, or names an operation that the document does not have.
        """
        config = self.config = check(config)
        self.api = api
        self.journal = Journal()
        file = config.file or "config"
        store = open_store(config.store, where=f"{file}: store", clock=clock, now=now)
        tokens, upstream = None, Upstream()
        if config.issuers:
            from ostiary.parts.tokens import Tokens  # noqa: PLC0415 - an optional library

            tokens = Tokens(
                config.issuers,
                where=file,
                profile=config.profile,
                store=store,
                clock=clock,
                now=now,
                upstream=upstream,
            )
        also = [_also(text, config) for text in config.also]
        declared = {operation.key for operation in (api.operations if api else ())}
        operations = [*(api.operations if api else ()), *(each for each in also if each.key not in declared)]
        operations, config = _aliased(operations, config)
        operations = [replace(each, role=role_of(config, each)) for each in operations]
        self.site = Site(
            api=api,
            store=store,
            counters=store.counters,
            tokens=tokens,
            upstream=upstream,
            clock=clock,
            now=now,
            profile=config.profile,
            listen=config.listen if config.upstream else "",
            operations=tuple(operations),
        )
        if api is not None:
            for operation in api.operations:
                check_extensions(operation, api.source)
        self._check_overrides({operation.key for operation in operations})
        make = functools.partial(compile_plan, config, site=self.site, journal=self.journal, general={}, memo=Memo())
        plans = [make(each) for each in with_undeclared(operations)]
        unknown = make(Operation(method="*", path="*"))
        self._unreadable = make(unknown.operation, route=_refuse_path)
        inventory = "beyond.api-inventory"
        closed = inventory not in config.off and (config.only is None or inventory in config.only)
        # where an unknown path is a 404, an application's own redirect to its other spelling would never be seen
        redirects = closed and api is not None and config.mode == "enforce"
        # after the controls on credentials: a secret in the URL must not be repeated in a Location
        ahead = REQUEST[: REQUEST.index("input.method-405")]
        slashed = make(unknown.operation, route=_to_other_slash, before=ahead, without=inventory) if redirects else None
        self.routes = Routes(plans, unknown, slashed)
        self.plans = (*plans, unknown, self._unreadable, *([slashed] if slashed is not None else []))

    async def start(self) -> None:
        """Connect to whatever the policy needs; hosts call it in the loop that serves, after a fork."""
        await self.site.store.start()
        if self.site.tokens is not None:
            await self.site.tokens.start()

    async def stop(self) -> None:
        """Undo `start`, within a second or two."""
        if self.site.tokens is not None:
            await self.site.tokens.stop()
        await self.site.store.stop()

    def _check_overrides(self, keys: set[str]) -> None:
        for name in self.config.operations:
            if name not in keys:
                where = f"{self.config.file or 'config'}: [operations.{name!r}]"
                if self.api is None:
                    raise ConfigError(where, "there is no document, so nothing has this name", f'also = ["{name}"]')
                hint = did_you_mean(name, sorted(keys)) or "write METHOD and path as it does"
                raise ConfigError(where, "the document has no such operation", hint)

    def route(self, exchange: Exchange) -> tuple[Plan, Reply | None]:
        """The exchange's plan; a path that cannot be read gets one that refuses it, once the edge has let it pass.

        The second is a finished refusal where a host must not go on to `Plan.enter`; at present there is none.
        """
        try:
            return self.routes.find(exchange), None
        except Denied:
            exchange.operation = self._unreadable.operation
            return self._unreadable, None


def _refuse_path(exchange: Exchange) -> None:
    plain_path(exchange.raw_path)
    raise Denied(400, "the path is another without its parameters")


def _to_other_slash(exchange: Exchange) -> Reply:
    """308 keeps method and body (RFC 9110 section 15.4.9); the Location names no host that a caller could have forged."""
    raw = exchange.raw_path
    location = raw[:-1] if raw.endswith(b"/") else raw + b"/"
    if exchange.query.isascii() and exchange.query.decode("ascii").isprintable():
        location += b"?" + exchange.query if exchange.query else b""
    return Reply(status=308, headers=[(b"location", location), (b"content-length", b"0")])


def _aliased(operations: list[Operation], config: Config) -> tuple[list[Operation], Config]:
    """The operations with those that the policy's aliases add, and the policy with the overrides that these share."""
    if _ALIASING in config.off or (config.only is not None and _ALIASING not in config.only):
        return operations, config
    where = f"{_ALIASING} aliases"
    aliases = read_aliases(resolve(config, _ALIASING).settings.aliases, where)
    if not aliases:
        return operations, config
    operations = with_aliases(operations, aliases, where)
    shared = {
        each.key: config.operations[own]
        for each in operations
        if each.alias_of and (own := f"{each.method} {each.alias_of}") in config.operations
    }
    values = {name: getattr(config, name) for name in config.__struct_fields__}
    return operations, Config(**{**values, "operations": {**shared, **config.operations}})


def _also(text: str, config: Config) -> Operation:
    method, _, path = text.partition(" ")
    if not method.isupper() or not path.startswith("/"):
        raise ConfigError(f"{config.file or 'config'}: also", f'{text!r} is not "METHOD /path"')
    return Operation(method=method, path=path)
