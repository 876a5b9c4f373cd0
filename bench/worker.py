"""One variant in one process: reads `get` or `post` from stdin, answers CPU microseconds per request of one round."""

from __future__ import annotations

import gc
import sys
import time
from typing import Any

import uvloop
from traffic import ORDER, scope
from variants import VARIANTS


class Seen:
    status = 0
    body = b""


def once(app: Any, shape: str, seen: Seen) -> Any:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": ORDER if shape == "post" else b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            seen.status = message["status"]

    return app(scope(shape), receive, send)


async def _round(app: Any, shape: str, seconds: float, counts: dict[str, int]) -> float:
    seen = Seen()
    await once(app, shape, seen)
    if seen.status not in {200, 201}:
        raise SystemExit(f"{shape} answered {seen.status}")
    count = counts.get(shape, 1)  # as many as took about `seconds` in the round before
    while True:
        gc.collect()
        start = time.process_time()
        for _ in range(count):
            await once(app, shape, seen)
        spent = time.process_time() - start
        if spent >= seconds / 2 or count >= 1 << 20:
            break
        count = max(count * 2, int(count * seconds / max(spent, 1e-4) * 0.9))
    if seen.status not in {200, 201}:
        raise SystemExit(f"{shape} answered {seen.status} after {count} requests")
    counts[shape] = count
    return spent / count * 1e6


def main() -> None:
    app = VARIANTS[sys.argv[1]]()
    seconds = float(sys.argv[2])
    loop = uvloop.new_event_loop()
    counts: dict[str, int] = {}
    print("ready", flush=True)
    for line in sys.stdin:
        print(f"{loop.run_until_complete(_round(app, line.strip(), seconds, counts)):.3f}", flush=True)


if __name__ == "__main__":
    main()
