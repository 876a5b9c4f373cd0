"""One of several processes that use the same store at the same moment: `crowd.py URL verb start [arguments as JSON]`.

Prints what it was allowed, as JSON. `crowd(...)` starts several and gathers what they print.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ostiary.errors import StoreError
from ostiary.store.opening import open_store
from ostiary.store.ports import Attempt, Count, Ladder, Rate, Taken

READY = 1.5  # seconds until all have started and connected


async def told(answer: Any) -> Any:
    return await answer if inspect.isawaitable(answer) else answer


async def quota(store: Any, tries: int, limit: int, until: float) -> int:
    """How many of `tries`, 16 at a time, a quota admits."""

    async def some(count: int) -> int:
        return sum([(await told(store.quotas.spend("shared", limit, until))).wait == 0.0 for _ in range(count)])

    return sum(await asyncio.gather(*(some(tries // 16) for _ in range(16))))


async def guesses(store: Any, tries: int) -> int:
    """How many of `tries` parallel guesses at one account are tested; each of them is wrong."""
    ladder = Ladder(5, 600.0, (600.0,), 600.0)
    attempt = Attempt((Count("account:victim", ladder, clears=True), Count("source:one", ladder._replace(tries=1000))))

    async def one() -> bool:
        tested: bool = await told(store.strikes.attempt(attempt)) == 0.0
        if tested:
            await asyncio.sleep(0.01)  # the application looks at it
            store.strikes.settle(attempt, good=False)
        return tested

    return sum(await asyncio.gather(*(one() for _ in range(tries))))


async def races(store: Any, keys: int) -> dict[str, list[int]]:
    """Which of the keys this process was the first to use, and which it was told to run."""
    firsts = await asyncio.gather(*(told(store.once.first(f"key{key}", 600.0)) for key in range(keys)))
    begun = await asyncio.gather(*(told(store.replies.begin(f"key{key}", "f", 600.0, 600.0)) for key in range(keys)))
    return {
        "first": [key for key, first in enumerate(firsts) if first],
        "new": [key for key, each in enumerate(begun) if each.state == "new"],
    }


async def take(
    store: Any, *, which: str, rate: list[float], seconds: float, pause: float, key: str = "shared"
) -> dict[str, float]:
    """Ask for a unit every `pause` seconds (0: without one) for so long; how many were given, refused, and given at once."""
    counters = getattr(store, which)
    given = refused = late = 0
    limit = Rate(int(rate[0]), rate[1], int(rate[2]))
    started, began = time.time(), time.monotonic()
    spent = time.process_time()
    turn = 0
    while (now := time.monotonic()) - began < seconds:
        found = counters.take(key, limit)
        if found.__class__ is not Taken:
            late += 1
            found = await found
        if found.wait:
            refused += 1
        else:
            given += 1
        turn += 1
        if pause:
            await asyncio.sleep(max(0.0, began + turn * pause - now))
        elif turn % 16 == 0:
            await asyncio.sleep(0)
    return {"given": given, "refused": refused, "late": late, "began": started, "ended": time.time(),
            "cpu": time.process_time() - spent}  # fmt: skip


async def steady(store: Any, seconds: float) -> dict[str, float]:
    """Spend a quota all the time, whatever happens; how often it worked, failed, and the longest answer."""
    worked = failed = 0
    longest = 0.0
    until = time.time() + 3600
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        asked = time.monotonic()
        try:
            await told(store.quotas.spend("steady", 1_000_000, until))
            worked += 1
        except StoreError:
            failed += 1
            await asyncio.sleep(0.001)
        longest = max(longest, time.monotonic() - asked)
    return {"worked": worked, "failed": failed, "longest": longest}


VERBS: dict[str, Callable[..., Awaitable[Any]]] = {
    "quota": quota,
    "guesses": guesses,
    "races": races,
    "take": take,
    "steady": steady,
}


async def main(url: str, verb: str, start: float, arguments: dict[str, Any]) -> None:
    store = open_store(url, where="crowd", clock=time.monotonic, now=time.time)
    await store.start()
    await asyncio.sleep(max(0.0, start - time.time()))
    found = await VERBS[verb](store, **arguments)
    sys.stdout.write(json.dumps(found))
    await store.stop()


def together(found: list[dict[str, float]]) -> float:
    """The seconds between the first start and the last end."""
    return max(each["ended"] for each in found) - min(each["began"] for each in found)


def crowd(number: int, url: str, verb: str, **arguments: Any) -> list[Any]:
    """What each of so many processes printed."""
    start = time.time() + READY
    command = [sys.executable, str(Path(__file__)), url, verb, str(start), json.dumps(arguments)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(number)]
    found = []
    try:
        for child in children:
            out, err = child.communicate(timeout=60)
            assert child.returncode == 0, err.decode()[-2000:]
            found.append(json.loads(out))
    finally:
        for child in children:
            child.kill()
            child.wait()
            for pipe in (child.stdout, child.stderr):
                assert pipe is not None
                pipe.close()
    return found


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), json.loads(sys.argv[4])))
