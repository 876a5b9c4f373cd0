"""Part 4: the guard with everything on (token, limits, quota, places, ownership, reply filter), by token, store and processes."""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inprocess import SHAPES, Worker, environment
from proxies import Proxy, free_port, started_as, upstream
from traffic import TOKEN

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

NAMES = (
    "null", "null + Guard", "null + Guard, everything", "null + Guard, everything, new tokens",
    "null + Guard, everything but a quota", "null + Guard, everything but a quota, SQLite",
    "null + Guard, everything but a quota, Redis", "null + Guard, everything, SQLite", "null + Guard, everything, Redis",
    "Starlette", "Starlette + Guard, everything", "Starlette + glued stack",
    "FastAPI", "FastAPI + Guard, everything", "FastAPI + glued stack",
)  # fmt: skip
MOST_GET = 20.0  # us, with a cached token and limits in memory
PROCESSES = (1, 2, 4)
LOADS = ("memory", "SQLite", "Redis")


def measure(python: Path, *, rounds: int, seconds: float, most_seconds: float) -> dict[str, Any]:
    """CPU microseconds per request in one process, and requests per second of a gateway with several."""
    with _stores() as stores:
        found = {"process": _process(python, stores, rounds=rounds, seconds=seconds, most_seconds=most_seconds)}
        found["gateway"] = _gateways(python, stores)
    return found


@contextlib.contextmanager
def _stores() -> Iterator[dict[str, str]]:
    from store.servers import redis_server  # noqa: PLC0415 - the tests' own, only where it is measured

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ostiary-bench-")))
        stores = {"memory": "memory", "SQLite": f"sqlite:///{folder}/state.db"}
        try:
            stores["Redis"] = stack.enter_context(redis_server()).url
        except Exception as error:  # not installed here
            print(f"  Redis was not measured: {error}", file=sys.stderr)
        yield stores


def _process(
    python: Path, stores: dict[str, str], *, rounds: int, seconds: float, most_seconds: float
) -> dict[str, Any]:
    env = environment() | {f"OSTIARY_BENCH_{name.upper()}": url for name, url in stores.items()}
    end = time.monotonic() + most_seconds
    workers: list[Worker] = []
    seen: dict[str, dict[str, list[float]]] = {}
    try:
        for name in NAMES:
            if name.endswith("Redis") and "Redis" not in stores:
                continue
            workers.append(Worker(python, name, seconds, env))
            if not workers[-1].ready():
                print(f"  {name}: did not start, left out", file=sys.stderr)
                workers.pop().stop()
        for number in range(rounds):
            if number and time.monotonic() > end:
                break
            for shape in SHAPES:
                for worker in workers:
                    seen.setdefault(worker.name, {}).setdefault(shape, []).append(worker.round(shape))
    finally:
        for worker in workers:
            worker.stop()
    return {
        name: {
            shape: {
                "min": min(values), "median": statistics.median(values),
                "added_min": min(values) - min(seen[name.partition(" + ")[0]][shape]),
            }
            for shape, values in shapes.items()
        }
        for name, shapes in seen.items()
    }  # fmt: skip


def _gateways(python: Path, stores: dict[str, str]) -> dict[str, dict[str, dict[str, float]]]:
    found: dict[str, dict[str, dict[str, float]]] = {}
    behind = upstream(python)
    try:
        for store, url in stores.items():
            for number in PROCESSES:
                if store != "memory" and number == 1:
                    continue
                with tempfile.TemporaryDirectory(prefix="ostiary-bench-") as folder:
                    proxy = _gateway(python, Path(folder), behind.port, url, number)
                    try:
                        found.setdefault(store, {})[str(number)] = _load(proxy)
                    finally:
                        proxy.stop()
    finally:
        behind.stop()
    return found


def _gateway(python: Path, folder: Path, behind: int, store: str, processes: int) -> Proxy:
    port, conf = free_port(), folder / "ostiary.toml"
    command = [str(python), str(HERE / "policy.py"), "everything", store]
    policy = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=30, check=True).stdout
    conf.write_text(
        f'api = "{HERE / "openapi.yaml"}"\nupstream = "http://127.0.0.1:{behind}"\nlisten = "127.0.0.1:{port}"\n'
        f'admin = "127.0.0.1:{free_port()}"\n{policy}\n[wire]\nworkers = {processes}\n'
    )
    return started_as("Ostiary gateway", port, python, conf)


def _load(proxy: Proxy) -> dict[str, float]:
    import gateway  # noqa: PLC0415 - its loads

    with tempfile.TemporaryDirectory(prefix="ostiary-bench-") as folder:
        script = Path(folder) / "get.lua"
        script.write_text(f'wrk.headers["Host"] = "api.test"\nwrk.headers["Authorization"] = "Bearer {TOKEN}"\n')
        gateway._load(proxy, script, "GET 1 KB", 32)  # noqa: SLF001 - warm; one module of one benchmark
        return gateway._load(proxy, script, "GET 1 KB", 32)  # noqa: SLF001 - as above


def targets(results: dict[str, Any]) -> list[dict[str, Any]]:
    """The promises, and whether this run kept them."""
    rows = results["process"]
    said = []
    own = rows.get("null + Guard, everything", {}).get("get")
    if own:
        what = "Guard with everything adds to a null app, GET, cached token, limits in memory, us"
        said.append({"what": what, "at_most": MOST_GET, "measured": own["added_min"]})
    kept, leased = (rows.get(f"null + Guard, everything but a quota{each}", {}).get("get") for each in ("", ", Redis"))
    if kept and leased:
        what = "Guard with limits leased from Redis : with limits in memory, GET"
        said.append({"what": what, "at_most": 1.25, "measured": leased["min"] / kept["min"]})
    for base in ("Starlette", "FastAPI"):
        ours, glued = rows.get(f"{base} + Guard, everything"), rows.get(f"{base} + glued stack")
        if ours and glued:
            ratio = ours["get"]["added_min"] / glued["get"]["added_min"]
            what = f"Guard with everything : glued stack, what each adds to {base}, GET"
            said.append({"what": what, "at_most": 1.0, "measured": ratio})
    return said


def table(results: dict[str, Any]) -> list[str]:
    """Markdown."""
    lines = ["| variant | GET us | added | POST 1 KB us | added |", "|---|---|---|---|---|"]
    for name, shapes in results["process"].items():
        cells = [name]
        for shape in SHAPES:
            row = shapes[shape]
            cells += [f"{row['min']:,.1f} ({row['median']:,.1f})", f"{row['added_min']:+,.1f}" if " + " in name else ""]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        "",
        "The gateway with everything on, GET, 32 connections; load generator and upstream share the cores:",
        "",
    ]
    lines += ["| store | processes | requests/s | CPU us per request |", "|---|---|---|---|"]
    for store, rows in results["gateway"].items():
        lines += [f"| {store} | {number} | {row['rps']:,.0f} | {row['cpu_us']:.0f} |" for number, row in rows.items()]
    return lines
