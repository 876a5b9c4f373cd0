"""Let a delivery reach the application only when its sender signed it, lately, and it was not accepted before."""

from __future__ import annotations

import functools
from collections.abc import Awaitable
from typing import Final, Literal

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts import body as bodies
from ostiary.parts.webhooks import SCHEMES, Form, Scheme, Signed, genuine, name_of, of_form
from ostiary.store.ports import Begun
from ostiary.strict import Duration, Secret, Strict

_ID: Final = "beyond.webhook-signatures"
_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "*"})
_LOCK: Final = 120.0  # seconds that a delivery may be under way before it counts as given up


class Settings(Strict, frozen=True):
    """An operation that receives webhooks says so with ``scheme``: ``standard-webhooks``, ``github``, ``stripe``,
    ``slack``, ``shopify`` or ``generic``. ``secrets``: one, or more while they are being changed.

    ``tolerance``: how far a signed time may be off. ``remember``: for how long a delivery that was accepted is refused
    when it comes again, where no time is signed; ``repeats`` lets it in.

    For ``generic``: the ``header`` with the signature, ``prefix`` before it, ``algorithm`` and ``encoding``; ``signed``,
    what it is over, with the headers that its ``{timestamp}`` and ``{id}`` are in.
    """

    scheme: Literal["", "standard-webhooks", "github", "stripe", "slack", "shopify", "generic"] = ""
    secrets: tuple[Secret, ...] = ()
    tolerance: Duration = Duration("5m")
    remember: Duration = Duration("24h")
    repeats: bool = False
    header: str = ""
    prefix: str = ""
    algorithm: Literal["sha256", "sha384", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    signed: str = "{body}"
    timestamp_header: str = ""
    id_header: str = ""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Let a delivery reach the application only when its sender signed it, lately, and it was not accepted before."""
    if not settings.scheme or operation.method not in _METHODS:
        return None
    return _hooks(settings, site, operation.key)


@functools.lru_cache(maxsize=64)
def _hooks(  # noqa: C901 - closures, each of them small
    settings: Settings, site: Site, operation: str
) -> Hooks:
    scheme, keys = _scheme(settings)
    window = settings.tolerance
    replies = site.store.replies
    remember = 2 * window + 1 if scheme.timed else settings.remember

    def claimed(exchange: Exchange) -> Signed:
        found = scheme.claims(functools.partial(_one, exchange))
        if found is None or not found.signatures:
            raise Denied(401, "the delivery is not signed")
        if found.made is not None and abs(site.now() - found.made) > window:
            raise Denied(401, "the delivery is not of this time")
        return found

    def head(exchange: Exchange) -> None:
        if exchange.method not in _METHODS:  # where any is served: without a body, nobody would look at the signature
            raise Denied(401, "a delivery by this method cannot be verified")
        claimed(exchange)
        if not bodies.readable(exchange):
            raise Denied(415, "a delivery of this type cannot be verified")

    def body(exchange: Exchange) -> Awaitable[None] | None:
        found = claimed(exchange)
        if not genuine(scheme, keys, found, exchange.body):
            raise Denied(401, "the signature is not that of this delivery")
        exchange.verbatim = True  # the application may verify it once more
        if settings.repeats:
            return None
        name = f"webhook:{operation}:{name_of(found, exchange.body)}"
        begun = replies.begin(name, "", remember, _LOCK)
        if begun.__class__ is not Begun:
            return later(exchange, name, begun)  # type: ignore[arg-type]  # the class says which
        first(exchange, name, begun)
        return None

    async def later(exchange: Exchange, name: str, begun: Awaitable[Begun]) -> None:
        first(exchange, name, await begun)

    def first(exchange: Exchange, name: str, begun: Begun) -> None:
        if begun.state != "new":
            raise Denied(401, "the delivery came before")
        exchange.when_over(functools.partial(settle, exchange, name))

    def settle(exchange: Exchange, name: str) -> None:
        """What the application did not accept is sent again with the same bytes, and rightly so."""
        if not exchange.ours and 200 <= exchange.status < 400:  # noqa: PLR2004
            replies.finish(name, "", b"", remember)
        else:
            replies.drop(name, "")

    return Hooks(head=head, body=body)


def _one(exchange: Exchange, name: str) -> str | None:
    found = exchange.all(name.encode("latin-1"))
    return found[0].decode("latin-1") if len(found) == 1 else None


def _scheme(settings: Settings) -> tuple[Scheme, tuple[bytes, ...]]:
    if not settings.secrets:
        raise ConfigError(f"{_ID} secrets", "are missing", 'write secrets = [{ env = "WEBHOOK_SECRET" }]')
    try:
        if settings.scheme == "generic":
            form = Form(
                settings.header, settings.algorithm, settings.encoding, settings.prefix,
                settings.timestamp_header, settings.id_header, settings.signed,
            )  # fmt: skip
            scheme = of_form(form)
        else:
            scheme = SCHEMES[settings.scheme]
        return scheme, tuple(scheme.key(each.reveal()) for each in settings.secrets)
    except ValueError as error:
        raise ConfigError(_ID, str(error)) from error
