"""What each verb of each store costs, one after the other and 32 at once: `PYTHONPATH=src python bench/stores.py [store ...]`.

Redis and PostgreSQL are started as the tests do it, on loopback; CPU is this process's alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import uvloop

from ostiary.store.opening import open_store
from ostiary.store.ports import Attempt, Count, Ladder, Rate

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from store.servers import postgres_server, redis_server

COUNT = 2_000  # verbs of a round; memory and leases do ten times as many
ROUNDS = 3  # the least is what the machine can do when nobody else asks it to
FLIGHT = 32
HOT = Rate(60_000_000, 60.0, 1_000_000)  # more than can be asked for here: nothing is refused
LADDER = Ladder(5, 900.0, (60.0, 600.0), 86_400.0)
_fresh = itertools.count()

Verb = Callable[[Any], Awaitable[None]]


async def _told(answer: Any) -> Any:
    return await answer if inspect.isawaitable(answer) else answer


async def leased(store: Any) -> None:
    answer = store.counters.take("hot", HOT)
    if not isinstance(answer, tuple):
        await answer


async def refused(store: Any) -> None:
    answer = store.counters.take("flood", Rate(1, 86_400.0, 1))
    if not isinstance(answer, tuple):
        await answer


async def cold(store: Any) -> None:
    await _told(store.counters.take(f"cold{next(_fresh)}", HOT))


async def exact(store: Any) -> None:
    await _told(store.exact.take("exact", HOT))


async def quota(store: Any) -> None:
    await _told(store.quotas.spend("quota", 1_000_000_000, 4e9))


async def strikes(store: Any) -> None:
    who = next(_fresh)
    attempt = Attempt(
        (Count(f"account:{who}", LADDER, clears=True), Count(f"source:{who % 64}", LADDER._replace(tries=999)))
    )
    await _told(store.strikes.attempt(attempt))
    store.strikes.settle(attempt, good=True)


async def once(store: Any) -> None:
    await _told(store.once.first(f"jti{next(_fresh)}", 60.0))


async def replies(store: Any) -> None:
    key = f"key{next(_fresh)}"
    await _told(store.replies.begin(key, "f", 60.0, 60.0))
    store.replies.finish(key, "f", b"x" * 500, 60.0)


async def bans(store: Any) -> None:
    store.bans.current()


VERBS: dict[str, tuple[Verb, int]] = {
    "counters.take, a hot key": (leased, 10),
    "counters.take, a refused key": (refused, 10),
    "counters.take, a new key": (cold, 1),
    "exact.take": (exact, 1),
    "quotas.spend": (quota, 1),
    "strikes.attempt and settle, two counts": (strikes, 1),
    "once.first": (once, 1),
    "replies.begin and finish, 500 bytes": (replies, 1),
    "bans.current": (bans, 10),
}


async def _several(verb: Verb, store: Any, count: int) -> None:
    for _ in range(count):
        await verb(store)


async def _spend(verb: Verb, store: Any, count: int, flight: int) -> tuple[float, float]:
    """CPU and wall microseconds of one."""
    wall, cpu = time.perf_counter(), time.process_time()
    if flight == 1:
        await _several(verb, store, count)
    else:
        await asyncio.gather(*(_several(verb, store, count // flight) for _ in range(flight)))
    return (time.process_time() - cpu) / count * 1e6, (time.perf_counter() - wall) / count * 1e6


async def measure(url: str) -> dict[str, dict[str, float]]:
    """Microseconds of each verb: CPU and wall, serial and with `FLIGHT` at once."""
    store = open_store(url, where="bench", clock=time.monotonic, now=time.time)
    await store.start()
    found: dict[str, dict[str, float]] = {}
    for name, (verb, times) in VERBS.items():
        await _several(verb, store, 200)
        cells = found[name] = {}
        for flight, label in ((1, "serial"), (FLIGHT, "in flight")):
            seen = [await _spend(verb, store, COUNT * times, flight) for _ in range(ROUNDS)]
            cells[f"{label} cpu"], cells[f"{label} wall"] = (round(min(each), 2) for each in zip(*seen, strict=True))
    await store.stop()
    return found


@contextlib.contextmanager
def places(chosen: list[str]) -> Iterator[dict[str, str]]:
    """URLs of what is to be measured; what is not installed is left out."""
    with contextlib.ExitStack() as stack:
        urls = {}
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        makers: dict[str, Callable[[], str]] = {
            "memory": lambda: "memory",
            "sqlite": lambda: f"sqlite:///{folder}/state.db?timeout=5",
            "redis": lambda: stack.enter_context(redis_server()).url + "?timeout=5",
            "postgres": lambda: stack.enter_context(postgres_server()).url + "?timeout=5",
        }
        for name in chosen or makers:
            try:
                urls[name] = makers[name]()
            except BaseException as absent:
                if type(absent).__name__ != "Skipped":  # what servers.py raises where a server is not installed
                    raise
                print(absent, file=sys.stderr)
        yield urls


def run(chosen: list[str]) -> dict[str, dict[str, dict[str, float]]]:
    """Everything, by store."""
    with places(chosen) as urls:
        return {name: uvloop.run(measure(url)) for name, url in urls.items()}


def show(found: dict[str, dict[str, dict[str, float]]]) -> str:
    """A table in Markdown: CPU / wall us, serial; CPU / wall us with `FLIGHT` at once."""
    head = ["us: CPU / wall, serial; 32 at once", *found]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for verb in VERBS:
        cells = [verb]
        for seen in found.values():
            of = seen[verb]
            cells.append(
                "; ".join(f"{of[f'{label} cpu']:.1f} / {of[f'{label} wall']:.1f}" for label in ("serial", "in flight"))
            )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    measured = run([each for each in arguments if not each.startswith("-")])
    print(json.dumps(measured, indent=1) if "--json" in arguments else show(measured))
