"""Part 2: the gateway beside other proxies and a direct connection, under the same load, rounds interleaved."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from proxies import Proxy, started, upstream
from traffic import LARGE, ORDER, TOKEN

REQUESTS = {  # what: (path, body)
    "GET 1 KB": ("/items/42", b""),
    "GET 64 KB": ("/exports/42", b""),
    "POST 1 KB": ("/orders", ORDER),
    "POST 64 KB": ("/imports", LARGE),
}
CONNECTIONS = (32, 1)
MOST_CPU = 1.5  # times nginx
MOST_RSS = 40.0  # MB


def measure(python: Path, *, rounds: int, quick: bool, most_seconds: float) -> dict[str, Any]:
    """For each proxy and load: CPU microseconds per request, requests per second, memory; and ratios to nginx."""
    end = time.monotonic() + most_seconds
    if shutil.which("wrk") is None:
        raise OSError("wrk is not installed (apt-get install wrk)")
    loads = [(what, many) for many in CONNECTIONS for what in REQUESTS if not (quick and many == 1 and "64" in what)]
    seen: dict[str, dict[str, list[dict[str, float]]]] = {}
    rss: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="ostiary-bench-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # nginx's worker may be another user
        scripts = {what: _script(folder, what) for what in REQUESTS}
        direct = upstream(python)
        proxies: list[Proxy] = [direct]
        try:
            others, missing = started(python, folder, direct.port)
            proxies += others
            for proxy in others:
                _load(proxy, scripts["GET 1 KB"], "GET 1 KB", 32)  # warm: pools filled, caches and counters in place
            for number in range(rounds):
                if number and time.monotonic() > end:
                    break  # this machine is busy with other things
                for what, many in loads:
                    for proxy in proxies:
                        got = _load(proxy, scripts[what], what, many)
                        seen.setdefault(proxy.name, {}).setdefault(f"{what}, {many}", []).append(got)
            rss = {proxy.name: proxy.rss() for proxy in others}
        finally:
            for proxy in reversed(proxies):
                proxy.stop()
    return {"loads": _ratios(seen), "rss_mb": rss, "notes": missing}


def _script(folder: Path, what: str) -> Path:
    _, body = REQUESTS[what]
    lines = [
        'wrk.headers["Host"] = "api.test"', 'wrk.headers["Accept"] = "application/json"',
        f'wrk.headers["Authorization"] = "Bearer {TOKEN}"',
    ]  # fmt: skip
    if body:
        data = folder / f"{what.replace(' ', '-')}.json"
        data.write_bytes(body)
        lines += [
            'wrk.method = "POST"', 'wrk.headers["Content-Type"] = "application/json"',
            f'wrk.body = io.open("{data}"):read("*a")',
        ]  # fmt: skip
    script = folder / f"{what.replace(' ', '-')}.lua"
    script.write_text("\n".join(lines) + "\n")
    return script


def _load(proxy: Proxy, script: Path, what: str, many: int) -> dict[str, float]:
    before = proxy.cpu()
    url = f"http://127.0.0.1:{proxy.port}{REQUESTS[what][0]}"
    done = subprocess.run(
        ["wrk", "-t1", f"-c{many}", "-d1s", "-s", str(script), url],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    spent = proxy.cpu() - before
    count = int((re.search(r"(\d+) requests in", done.stdout) or [0, 0])[1])
    failed = re.search(r"(Non-2xx[^\n]*|Socket errors[^\n]*)", done.stdout)
    if failed or not count:
        raise RuntimeError(f"{proxy.name}, {what}, {many} connections: {failed[1] if failed else 'no reply'}")
    rate = float((re.search(r"Requests/sec: *([\d.]+)", done.stdout) or ["", "0"])[1])
    return {"cpu_us": spent / count * 1e6, "rps": rate}


def _ratios(seen: dict[str, dict[str, list[dict[str, float]]]]) -> dict[str, dict[str, dict[str, float]]]:
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, loads in seen.items():
        for load, rounds in loads.items():
            row = {key: statistics.median(each[key] for each in rounds) for key in ("cpu_us", "rps")}
            if "nginx" in seen and name != "direct":
                pairs = [own["cpu_us"] / his["cpu_us"] for own, his in zip(rounds, seen["nginx"][load], strict=True)]
                row["cpu_to_nginx"] = statistics.median(pairs)
            found.setdefault(name, {})[load] = row
    return found


def targets(results: dict[str, Any]) -> list[dict[str, Any]]:
    """The promises about the gateway, and whether this run kept them."""
    ours = results["loads"].get("Ostiary gateway", {})
    said = [
        {"what": f"gateway's CPU : nginx's, {load} connections", "at_most": MOST_CPU, "measured": row["cpu_to_nginx"]}
        for load, row in ours.items()
        if "cpu_to_nginx" in row and load.endswith(" 32")
    ]
    if "Ostiary gateway" in results["rss_mb"]:
        got = results["rss_mb"]["Ostiary gateway"]
        said.append({"what": "gateway's resident memory per process, MB", "at_most": MOST_RSS, "measured": got})
    return said


def table(results: dict[str, Any]) -> list[str]:
    """Markdown: one row per proxy, one column per load; CPU us (times nginx's), requests per second."""
    loads = list(next(iter(results["loads"].values())))
    lines = ["Each cell: CPU us per request of the proxy's processes (times nginx's), requests per second.", ""]
    lines += [
        "| proxy | " + " | ".join(f"{load} conn." for load in loads) + " | RSS MB |",
        "|---" * (len(loads) + 2) + "|",
    ]
    for name, rows in results["loads"].items():
        memory = results["rss_mb"].get(name)
        cells = [_cell(rows[load], direct=name == "direct") for load in loads]
        lines.append("| " + " | ".join([name, *cells, f"{memory:.0f}" if memory else ""]) + " |")
    return [*lines, *([""] if results["notes"] else []), *results["notes"]]


def _cell(row: dict[str, float], *, direct: bool) -> str:
    rate = f"{row['rps'] / 1000:.1f}k/s"
    if direct:
        return rate
    return f"{row['cpu_us']:.0f} ({row.get('cpu_to_nginx', 0):.2f}), {rate}"
