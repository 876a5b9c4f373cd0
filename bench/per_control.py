"""What each control's hooks cost by themselves, over a null app: `PYTHONPATH=src python bench/per_control.py [id ...]`."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

from variants import guarded, null
from worker import Seen, once

from ostiary import catalogue
from ostiary.guard.order import CONTROLS

COUNT = 200  # short rounds and many: the least is what the machine can do when nobody else asks it to
ROUNDS = 60


def built(chosen: list[str]) -> list[str]:
    """The ids with a guard half, in the order in which they run."""
    ordered = list(CONTROLS)
    return [each for each in chosen or ordered if catalogue.control(each).guard is not None]


async def _spend(app: Any, shape: str) -> float:
    seen = Seen()
    start = time.process_time()
    for _ in range(COUNT):
        await once(app, shape, seen)
    spent = (time.process_time() - start) / COUNT * 1e6
    if seen.status not in {200, 201}:
        raise SystemExit(f"{shape} answered {seen.status}")
    return spent


async def _main(chosen: list[str]) -> None:
    ids = built(chosen)
    apps: dict[str, Any] = {"(null app)": null(), "(no control)": guarded(null(), ())}
    apps |= {each: guarded(null(), (each,)) for each in ids}
    apps["(all of these)"] = guarded(null(), tuple(ids))
    seen: dict[tuple[str, str], list[float]] = {}
    for _ in range(ROUNDS):
        for shape in ("get", "post"):
            for name, app in apps.items():
                seen.setdefault((name, shape), []).append(await _spend(app, shape))
    print(f"{'control':<40} {'GET us':>8} {'POST us':>8}")
    for name in apps:
        base = "(null app)" if name.startswith("(") else "(no control)"
        cells = []
        for shape in ("get", "post"):
            least = min(seen[name, shape])
            cells.append(least if name == base else least - min(seen[base, shape]))
        print(f"{name:<40} {cells[0]:8.2f} {cells[1]:8.2f}")


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1:]))
