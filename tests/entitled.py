"""Callers for tests of rights: a policy that knows an issuer, and requests that come from somebody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from unittest.mock import patch

from exchanges import ask, compiled, exchange
from ostiary.guard.site import Compiled
from ostiary.model import Api, Exchange, Principal, Reply
from ostiary.parts.issuers import Issuer
from ostiary.parts.tokens import Tokens

ISSUERS = {"main": Issuer(issuer="https://id.test", audience=("api",))}


class Known(Tokens):
    """Tokens of an issuer that nobody asks: ``Bearer 7`` is the caller 7, ``Bearer 1;admin support`` has roles too."""

    def __init__(self, *args: Any, **rest: Any) -> None:
        pass

    def read(self, exchange: Exchange) -> None:
        word, _, token = (exchange.head(b"authorization") or b"").decode().partition(" ")
        if word == "Bearer":
            subject, _, roles = token.partition(";")
            exchange.principal = caller(subject, roles=roles.split())

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass


def believing() -> Any:
    """While this is entered, a policy's issuers are `Known`."""
    return patch("ostiary.parts.tokens.Tokens", Known)


def knowing(api: Api | None, only: Iterable[str] | None, **config: Any) -> Compiled:
    """A compiled policy with an issuer."""
    with believing():
        return compiled(api, only=only, issuers=ISSUERS, **config)


def caller(subject: str = "7", **rest: Any) -> Principal:
    """Somebody, by a token of the issuer ``main``."""
    for name in ("scopes", "roles"):
        rest[name] = frozenset(rest.get(name, ()))
    return Principal(
        subject=subject, issuer=rest.pop("issuer", "main"), claims={"sub": subject, **rest.pop("claims", {})}, **rest
    )


def asks(policy: Compiled, who: Principal | None, method: str, target: str, **rest: Any) -> Reply | None:
    """What somebody is answered before the application is asked; None: it would be."""
    made = exchange(method, target, **rest)
    made.principal = who
    return ask(policy, made)


def status(policy: Compiled, who: Principal | None, method: str, target: str, **rest: Any) -> int:
    """The status of a refusal; 0: the application would be asked."""
    found = asks(policy, who, method, target, **rest)
    return 0 if found is None else found.status
