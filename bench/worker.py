"""One variant in one process: reads `get` or `post` from stdin, answers CPU microseconds per request of one round."""

from __future__ import annotations

import gc
import sys
import time
from typing import Any

import uvloop
from traffic import KEY, ORDER, scope
from variants import VARIANTS


class Seen:
    status = 0
    body = b""


def once(app: Any, shape: str, seen: Seen, token: bytes = b"") -> Any:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": ORDER if shape == "post" else b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            seen.status = message["status"]

    made = scope(shape)
    if token:
        made["headers"] = [pair if pair[0] != b"authorization" else (pair[0], token) for pair in made["headers"]]
    return app(made, receive, send)


def new_tokens(count: int) -> list[bytes]:
    """Tokens that nobody has seen before, signed ahead of the clock."""
    import jwt  # noqa: PLC0415 - only where it is measured

    now = time.time_ns()
    claims = {"sub": "bench", "scope": "orders", "exp": 4102444800}
    return [b"Bearer " + jwt.encode({**claims, "jti": f"{now + n}"}, KEY, "HS256").encode() for n in range(count)]


async def _round(app: Any, shape: str, seconds: float, counts: dict[str, int]) -> float:
    seen = Seen()
    await once(app, shape, seen)
    if seen.status not in {200, 201}:
        raise SystemExit(f"{shape} answered {seen.status}")
    count = counts.get(shape, 1)  # as many as took about `seconds` in the round before
    while True:
        tokens = new_tokens(count) if counts.get("new tokens") else [b""] * count
        gc.collect()
        start = time.process_time()
        for token in tokens:
            await once(app, shape, seen, token)
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
    counts: dict[str, int] = {"new tokens": "new tokens" in sys.argv[1]}
    print("ready", flush=True)
    for line in sys.stdin:
        print(f"{loop.run_until_complete(_round(app, line.strip(), seconds, counts)):.3f}", flush=True)


if __name__ == "__main__":
    main()
