"""Callers who are known, without their tokens; and state that cannot be reached, or only by asking."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from ostiary.errors import Denied, StoreError
from ostiary.model import Exchange, Hook, Hooks, Principal, Reply
from ostiary.parts.issuers import Issuer
from ostiary.store.ports import Rate, Taken
from ostiary.strict import Secret

ISSUERS = {
    "main": Issuer(
        issuer="i", audience=("a",), algorithms=("HS256",), key=Secret("9sV1xQ7bLr4WcT0eHn8ZkUy5AfGm3JdP2oRiXtNw6E")
    )
}


def kebab(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as a policy file spells them."""
    return {name.replace("_", "-"): value for name, value in settings.items()}


def known(subject: str, **claims: Any) -> Principal:
    """A caller whom the issuer `main` vouches for."""
    return Principal(subject=subject, issuer="main", identity=f"main:{subject}", claims={"sub": subject, **claims})


class Watch:
    """Time that passes when told to."""

    def __init__(self, time: float = 1_000_000.0) -> None:
        self.time = time

    def __call__(self) -> float:
        return self.time


class Away:
    """A store's verbs while it is out of reach."""

    asked = 0

    async def _answer(self) -> Taken:
        self.asked += 1
        raise StoreError("refused")

    def take(self, key: str, rate: Rate, cost: int = 1) -> Awaitable[Taken]:
        return self._answer()

    def spend(self, key: str, limit: int, until: float, cost: int = 1) -> Awaitable[Taken]:
        return self._answer()


class Remote:
    """Counters that have to be asked every time."""

    def __init__(self, local: Any) -> None:
        self._local = local
        self.keys: list[str] = []

    async def _answer(self, taken: Taken) -> Taken:
        await asyncio.sleep(0)
        return taken

    def take(self, key: str, rate: Rate, cost: int = 1) -> Awaitable[Taken]:
        self.keys.append(key)
        return self._answer(self._local.take(key, rate, cost))

    def spend(self, key: str, limit: int, until: float, cost: int = 1) -> Awaitable[Taken]:
        self.keys.append(key)
        return self._answer(self._local.spend(key, limit, until, cost))


def asked(hook: Hook | None, exchange: Exchange) -> Denied | None:
    """Run one hook, waited for where it has to ask; what it refuses."""
    assert hook is not None

    async def wait() -> Denied | None:
        try:
            answer = hook(exchange)
            if answer is not None and not isinstance(answer, Reply):
                await answer
        except Denied as denied:
            return denied
        return None

    return asyncio.run(wait())


def told(hooks: Hooks, exchange: Exchange) -> list[tuple[str, str]]:
    """The header fields that a reply hook adds."""
    assert hooks.reply is not None
    hooks.reply(exchange)
    return [(name.decode(), value.decode()) for name, value in exchange.reply_headers]
