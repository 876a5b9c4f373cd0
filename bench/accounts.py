"""Sign-ins beside what bcrypt alone can do, and OAuth's endpoints beside node's oidc-provider, in rounds that take turns.

    .venv/bin/python bench/run.py identity            about four minutes
    .venv/bin/python bench/accounts.py --quick        under one

wrk asks, over kept connections; refresh tokens rotate inside its script. Each server is one process that has everything it
needs in it but PostgreSQL. SQLite and PostgreSQL write each answer to the disk first, oidc-provider keeps all in memory.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "src"), str(ROOT / "tests")]

API = "https://api.example.test"
PASSWORD = "violet kettle 94 marsh under the quay"
MODULES = ROOT / ".venv-live" / "openid" / "node_modules"
CONNECTIONS = 16
LOADS = ("client_credentials", "refresh", "introspect")
COST = 12
LEAST_SHARE = 90.0  # % of what bcrypt alone does
MOST_LAG = 50.0  # ms, of the loop, p99, while people sign in
_TICK = os.sysconf("SC_CLK_TCK")

_BCRYPT = """
import bcrypt, json, sys, threading, time
threads, seconds, cost = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
kept = bcrypt.hashpw(b"x" * 44, bcrypt.gensalt(cost))
done, until = [], time.monotonic() + seconds
def work():
    while time.monotonic() < until:
        bcrypt.checkpw(b"x" * 44, kept)
        done.append(time.monotonic())
all_of_them = [threading.Thread(target=work) for _ in range(threads)]
began = time.monotonic()
for each in all_of_them: each.start()
for each in all_of_them: each.join()
print(json.dumps((len(done)) / (max(done) - began)))
"""

_REFRESH = """
local pool, nothing = {}, 0
for line in io.lines("%s") do pool[#pool + 1] = line end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.headers["Authorization"] = "%s"
function request()
  local token = table.remove(pool) or "none"
  return wrk.format(nil, nil, nil, "grant_type=refresh_token&refresh_token=" .. token)
end
function response(status, headers, body)
  local token = string.match(body, '"refresh_token": *"([^"]+)"')
  if token then pool[#pool + 1] = token end
end
"""


class Served:
    """A server in a process of its own: what it said of itself, its CPU, and answers to questions on its stdin."""

    def __init__(self, name: str, command: list[str], paths: dict[str, str], log: Path) -> None:
        self.name = name
        self.paths = paths
        self._log = log
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out, text=True, env=environment
            )
        self.about: dict[str, Any] = self._read()

    def ask(self, question: str) -> Any:
        """Its answer to one line."""
        if self._process.stdin is None:
            raise RuntimeError(self.name)
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        over = threading.Timer(60, self._process.kill)
        over.start()
        try:
            line = self._process.stdout.readline() if self._process.stdout else ""
        finally:
            over.cancel()
        if not line:
            raise RuntimeError(f"{self.name}: {self._log.read_text(errors='replace')[-1000:]}")
        return json.loads(line)

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    def stop(self) -> None:
        """End it."""
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        if self._process.stdout is not None:
            self._process.stdout.close()


# sign-ins


def _ours(
    name: str, folder: Path, database: str, *, guarded: bool = False, workers: int = 1, cost: int = COST
) -> Served:
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "database": database or f"sqlite:///{folder}/identity.db", "folder": str(folder), "guarded": guarded, "workers": workers,
        "cost": cost,
    }  # fmt: skip
    command = [sys.executable, str(HERE / "accounts_served.py"), json.dumps(told)]
    return Served(name, command, {"token": "/oauth/token", "introspect": "/oauth/introspect"}, folder / "log")


async def _sign_ins(port: int, seconds: float, at_once: int) -> float:
    """Sign-ins per second, while so many wait; from the first answer to the last, whose people were waiting all along."""
    done: list[float] = []
    until = time.monotonic() + seconds
    head = (
        f"POST /sessions HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\nUser-Agent: bench\r\n"
    )

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = json.dumps({"email": f"person{number}@example.com", "password": PASSWORD})
        while time.monotonic() < until:
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            answer = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"content-length: *(\d+)", answer, re.IGNORECASE)
            await reader.readexactly(int(length[1]) if length else 0)
            if " 201 " not in answer.partition("\r\n")[0]:
                raise RuntimeError(f"a sign-in was answered {answer.partition(chr(13))[0]}")
            done.append(time.monotonic())
        writer.close()

    await asyncio.gather(*(one(number) for number in range(at_once)))
    inside = [each for each in done if each <= until]
    return (len(inside) - 1) / (inside[-1] - inside[0])


def sign_ins(folder: Path, *, rounds: int, seconds: float) -> dict[str, Any]:
    """With one thread that hashes and with one for each core: sign-ins per second, those of bcrypt alone, the loop's lag."""
    found = {}
    for workers in sorted({1, os.cpu_count() or 1}):
        server = _ours("Ostiary", folder / f"workers{workers}", "", workers=workers)
        seen: list[dict[str, float]] = []
        try:
            if server.about["cost"] != COST:
                raise RuntimeError(f"hashes cost {server.about['cost']}")
            for number in range(rounds):
                order = ("alone", "signed") if number % 2 else ("signed", "alone")
                row: dict[str, float] = {}
                for what in order:
                    if what == "alone":
                        row["alone"] = _alone(workers, seconds)
                        continue
                    server.ask("lag")
                    row["signed"] = asyncio.run(_sign_ins(server.about["port"], seconds, workers + 6))
                    row |= {f"lag_{name}": value for name, value in server.ask("lag").items()}
                seen.append(row)
        finally:
            server.stop()
        found[str(workers)] = {
            "share": round(statistics.median(each["signed"] / each["alone"] for each in seen) * 100, 1),
            **{name: round(statistics.median(each[name] for each in seen), 2) for name in seen[0]},
        }
    return found


def _alone(threads: int, seconds: float) -> float:
    command = [sys.executable, "-c", _BCRYPT, str(threads), str(seconds), str(COST)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=True)
    return float(json.loads(done.stdout))


# tokens


@contextlib.contextmanager
def _durable_postgres() -> Iterator[str]:
    """A PostgreSQL that is there after a power cut, as those of people are; "" where none is installed."""
    from store.servers import postgres_server  # noqa: PLC0415 - as the tests start it

    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(postgres_server())
        except BaseException as absent:
            if type(absent).__name__ != "Skipped":
                raise
            print(absent, file=sys.stderr)
            yield ""
            return
        server.stop()
        server._command.remove("-F")  # noqa: SLF001 - tests need no disk, and this does
        server.start()
        yield server.url


def _database(url: str, name: str) -> str:
    import asyncpg  # noqa: PLC0415 - where there is a PostgreSQL

    async def create() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()

    asyncio.run(create())
    return f"{url.rpartition('/')[0]}/{name}"


@contextlib.contextmanager
def _all(folder: Path) -> Iterator[list[Served]]:
    """Everybody who is measured, started."""
    with contextlib.ExitStack() as stack:
        found: list[Served] = []

        def add(server: Served) -> None:
            stack.callback(server.stop)
            found.append(server)

        url = stack.enter_context(_durable_postgres())
        for guarded, said in ((False, ""), (True, ", our guard around it")):
            add(_ours(f"Ostiary on SQLite{said}", folder / f"sqlite{guarded}", "", guarded=guarded, cost=10))
            if url:
                database = _database(url, f"bench_{guarded}".lower())
                add(
                    _ours(
                        f"Ostiary on PostgreSQL{said}",
                        folder / f"postgres{guarded}",
                        database,
                        guarded=guarded,
                        cost=10,
                    )
                )
        if (MODULES / "oidc-provider").exists() and shutil.which("node"):
            command = ["node", str(HERE / "peers_oidc.mjs"), str(MODULES)]
            add(
                Served(
                    "oidc-provider, in memory",
                    command,
                    {"token": "/token", "introspect": "/token/introspection"},
                    folder / "node",
                )
            )
        else:
            print("LEFT OUT: oidc-provider (make live installs it)", file=sys.stderr)
        yield found


def tokens(folder: Path, *, rounds: int, seconds: float) -> dict[str, dict[str, dict[str, float]]]:
    """By server and load: answers per second, CPU microseconds of its process for each, and both beside the peer's."""
    if shutil.which("wrk") is None:
        raise OSError("wrk is not installed (apt-get install wrk)")
    seen: dict[str, dict[str, list[dict[str, float]]]] = {}
    with _all(folder) as servers:
        for load in LOADS:
            for server in servers:
                _load(server, load, folder, 1)  # warm
        for number in range(rounds):
            for load in LOADS:
                for server in servers if number % 2 else servers[::-1]:
                    row = _load(server, load, folder, seconds)
                    seen.setdefault(server.name, {}).setdefault(load, []).append(row)
    peer = seen.get("oidc-provider, in memory")
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, loads in seen.items():
        for load, rows in loads.items():
            cell = {each: round(statistics.median(row[each] for row in rows), 1) for each in ("rps", "cpu_us")}
            if peer is not None:
                pairs = list(zip(rows, peer[load], strict=True))
                cell["rps_to_peer"] = round(statistics.median(own["rps"] / his["rps"] for own, his in pairs), 3)
                cell["cpu_to_peer"] = round(statistics.median(own["cpu_us"] / his["cpu_us"] for own, his in pairs), 2)
            found.setdefault(name, {})[load] = cell
    return found


def _load(server: Served, load: str, folder: Path, seconds: float) -> dict[str, float]:
    script, path = _script(server, load, folder)
    before = server.cpu()
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "-s", str(script), f"http://127.0.0.1:{server.about['port']}{path}"],
        capture_output=True, text=True, timeout=seconds + 30, check=True,
    )  # fmt: skip
    spent = server.cpu() - before
    count = int((re.search(r"(\d+) requests in", done.stdout) or [0, 0])[1])
    failed = re.search(r"(Non-2xx[^\n]*|Socket errors[^\n]*)", done.stdout)
    if failed or not count:
        raise RuntimeError(f"{server.name}, {load}: {failed[1] if failed else 'no reply'}")
    return {
        "rps": float((re.search(r"Requests/sec: *([\d.]+)", done.stdout) or ["", "0"])[1]),
        "cpu_us": spent / count * 1e6,
    }


def _script(server: Served, load: str, folder: Path) -> tuple[Path, str]:
    """What wrk is told, and the path."""
    about = server.about
    name = "opaque" if load == "introspect" and server.name.startswith("Ostiary") else about["client"]
    pair = f"{quote_plus(name)}:{quote_plus(about['secret'])}"
    shown = f"Basic {base64.b64encode(pair.encode()).decode()}"
    script = folder / f"{load}.lua"
    if load == "refresh":
        pool = folder / "pool"
        pool.write_text("\n".join(server.ask(f"mint {2 * CONNECTIONS}")) + "\n")
        script.write_text(_REFRESH % (pool, shown))
        return script, server.paths["token"]
    if load == "introspect":
        token = about["opaque"] if server.name.startswith("Ostiary") else server.ask("opaque")
        body, path = f"token={token}", server.paths["introspect"]
    else:
        body, path = f"grant_type=client_credentials&scope=read&resource={quote_plus(API)}", server.paths["token"]
    script.write_text(
        f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/x-www-form-urlencoded"\n'
        f'wrk.headers["Authorization"] = "{shown}"\nwrk.body = "{body}"\n'
    )
    return script, path


# what is said of it


def measure(*, quick: bool) -> dict[str, Any]:
    """Everything."""
    with tempfile.TemporaryDirectory(prefix="ostiary-bench-") as made:
        folder = Path(made)
        began = os.getloadavg()[0]
        signed = sign_ins(folder, rounds=1 if quick else 5, seconds=4.0 if quick else 8.0)
        given = tokens(folder, rounds=1 if quick else 7, seconds=1.0 if quick else 2.0)
    return {"sign_ins": signed, "tokens": given, "load": [round(each, 1) for each in (began, os.getloadavg()[0])]}


def targets(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The promises about sign-ins, and whether this run kept them."""
    said = []
    for workers, row in found["sign_ins"].items():
        threads = f"{workers} thread{'' if workers == '1' else 's'}"
        lost = round(100 - row["share"], 1)
        said.append(
            {
                "what": f"sign-ins lost against bcrypt alone, {threads}, %",
                "at_most": 100 - LEAST_SHARE,
                "measured": lost,
            }
        )
        said.append(
            {"what": f"lag of the loop meanwhile, p99, {threads}, ms", "at_most": MOST_LAG, "measured": row["lag_p99"]}
        )
    return said


def table(found: dict[str, Any]) -> list[str]:
    """Two tables in Markdown."""
    lines = [
        f"bcrypt at cost {COST}; load of the machine {found['load'][0]} at the start, {found['load'][1]} at the end.", "",
        "| threads that hash | sign-ins per s | bcrypt alone, per s | share | loop's lag p50, p99, max (ms) |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for workers, row in found["sign_ins"].items():
        lag = ", ".join(f"{row[f'lag_{name}']:.1f}" for name in ("p50", "p99", "max"))
        lines.append(f"| {workers} | {row['signed']:.2f} | {row['alone']:.2f} | {row['share']:.1f} % | {lag} |")
    lines += [
        "", f"{CONNECTIONS} connections, ES256; each cell: answers per second (times the peer's), CPU us of its process (times the peer's).", "",
        "| server | " + " | ".join(LOADS) + " |", "|---" * (len(LOADS) + 1) + "|",
    ]  # fmt: skip
    for name, loads in found["tokens"].items():
        lines.append("| " + " | ".join([name, *(_cell(loads[load]) for load in LOADS)]) + " |")
    return lines


def _cell(row: dict[str, float]) -> str:
    rps = f" ({row['rps_to_peer']:.2f})" if "rps_to_peer" in row else ""
    cpu = f" ({row['cpu_to_peer']:.2f})" if "cpu_to_peer" in row else ""
    return f"{row['rps']:.0f}/s{rps}, {row['cpu_us']:.0f} us{cpu}"


if __name__ == "__main__":
    measured = measure(quick="--quick" in sys.argv)
    print(json.dumps(measured) if "--json" in sys.argv else "\n".join(table(measured)))
