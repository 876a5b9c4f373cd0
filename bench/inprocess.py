"""Part 1: what each variant costs in one process, in CPU time, every variant a process of its own, rounds interleaved."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NAMES = (
    "null", "null + Guard",
    "Starlette", "Starlette + Guard", "Starlette + glued stack",
    "FastAPI", "FastAPI + pydantic model", "FastAPI + Guard", "FastAPI + glued stack",
    "FastAPI + glued stack, slowapi's default middleware",
    "FastAPI + fastapi-guard, detection off", "FastAPI + fastapi-guard",
)  # fmt: skip
SLOW = {"FastAPI + fastapi-guard"}  # a POST takes most of a second: fewer rounds
SHAPES = ("get", "post")


class Worker:
    """A variant in its process; `round` asks it for one measurement."""

    def __init__(self, python: Path, name: str, seconds: float, env: dict[str, str]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [str(python), str(HERE / "worker.py"), name, str(seconds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env,
        )  # fmt: skip

    def ready(self) -> bool:
        return self._line() == "ready"

    def round(self, shape: str) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write(shape + "\n")
        self._process.stdin.flush()
        line = self._line()
        try:
            return float(line)
        except ValueError:
            raise RuntimeError(f"{self.name} did not measure {shape}: {line!r}") from None

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _line(self) -> str:
        assert self._process.stdout is not None
        while True:
            line = self._process.stdout.readline()
            if not line:
                return ""
            text = line.strip()
            if text == "ready" or text.replace(".", "", 1).isdigit():
                return text


def environment() -> dict[str, str]:
    """The workers see this checkout's source and nothing of the caller's Python settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {"PYTHONPATH": str(HERE.parent / "src"), "PYTHONDONTWRITEBYTECODE": "1"}


def measure(python: Path, *, rounds: int, seconds: float, quick: bool, most_seconds: float) -> dict[str, Any]:
    """CPU microseconds per request of each variant: min and median over rounds, and what it adds to the bare app.

    On a machine that is busy with other things no new round begins after `most_seconds`.
    """
    end = time.monotonic() + most_seconds
    workers: list[Worker] = []
    found: dict[str, dict[str, list[float]]] = {}
    try:
        for name in NAMES:
            if quick and name in SLOW:
                continue
            workers.append(Worker(python, name, seconds, environment()))
            if not workers[-1].ready():
                print(f"  {name}: did not start, left out", file=sys.stderr)
                workers.pop().stop()
        for number in range(rounds):
            if number and time.monotonic() > end:
                break
            for shape in SHAPES:
                for worker in workers:
                    if worker.name in SLOW and number >= 2:
                        continue
                    found.setdefault(worker.name, {}).setdefault(shape, []).append(worker.round(shape))
    finally:
        for worker in workers:
            worker.stop()
    return {name: {shape: _row(found, name, shape) for shape in SHAPES} for name in found}


def _row(found: dict[str, dict[str, list[float]]], name: str, shape: str) -> dict[str, float]:
    values = found[name][shape]
    base = found[name.partition(" + ")[0]][shape]
    pairs = [value - bare for value, bare in zip(values, base, strict=False)]
    return {
        "min": min(values), "median": statistics.median(values), "rounds": len(values),
        "added_min": min(values) - min(base), "added_median": statistics.median(pairs),
    }  # fmt: skip


def targets(results: dict[str, Any]) -> list[dict[str, Any]]:
    """The promises about the guard in-process, and whether this run kept them."""
    said = []
    for shape, most in (("get", 10.0), ("post", 25.0)):
        if "null + Guard" in results:
            got = results["null + Guard"][shape]["added_min"]
            said.append({"what": f"Guard adds to a null app, {shape.upper()}, us", "at_most": most, "measured": got})
    for base in ("Starlette", "FastAPI"):
        for shape in SHAPES:
            ours, glued = f"{base} + Guard", f"{base} + glued stack"
            if ours in results and glued in results:
                got = results[ours][shape]["added_min"] / results[glued][shape]["added_min"]
                what = f"Guard : glued stack, what each adds to {base}, {shape.upper()}"
                said.append({"what": what, "at_most": 0.1, "measured": got})
    return said


def table(results: dict[str, Any]) -> list[str]:
    """Markdown."""
    lines = ["| variant | GET us | added | POST 1 KB us | added |", "|---|---|---|---|---|"]
    for name, shapes in results.items():
        get, post = shapes["get"], shapes["post"]
        bare = " + " not in name
        cells = [
            name,
            f"{get['min']:,.1f} ({get['median']:,.1f})", "" if bare else f"{get['added_min']:+,.1f}",
            f"{post['min']:,.1f} ({post['median']:,.1f})", "" if bare else f"{post['added_min']:+,.1f}",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.executable), rounds=3, seconds=0.05, quick=True, most_seconds=40), indent=1))
