"""What an audit costs and finds beside other scanners: the same targets, a fresh instance for each tool and run.

Truth is known of the bundled targets: the switches that are on. A tool is credited with a control when anything that it
names would be that control (`scanners`, generously), and charged with a false alarm for each kind of thing that it names
on a target where nothing is wrong. Requests are counted on the way (`counting`), the same for all.

One API of yours besides: OSTIARY_BENCH_FOREIGN='command', which is called with a port and serves there until it is ended;
called with ``accounts URL`` it prints {"name": {"user": ..., "password": ..., "token": ...}}, two of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import scanners
from counting import counting
from scanners import Said, Subject

from ostiary.demo import annex, careless, passes
from ostiary.demo.customers import ALICE, BOB
from ostiary.demo.faults import FAULTS as SHOP

_NAMED = 8  # of what a tool said falsely or beside
STARTS_WITHIN = 30.0  # seconds
PASSWORD = "a-kettle-and-two-cups"


@dataclass(frozen=True)
class Target:
    """Something to audit: how it is started, its document and accounts once it runs, and what is wrong with it."""

    name: str
    starts: Callable[[], contextlib.AbstractContextManager[int]]
    document: Callable[[str], dict[str, Any]]
    accounts: Callable[[str], Mapping[str, Mapping[str, str]]]
    truth: frozenset[str] | None  # controls that are broken; None: nobody knows
    operations: int = field(default=0)


def measure(*, most_seconds: float, repeats: int = 1) -> dict[str, Any]:
    """Every tool that is here, against every target that is here."""
    away = scanners.absent()
    for name, how in away.items():
        print(f"  {name} is not here and is left out: {how}", file=sys.stderr)
    rows: list[dict[str, Any]] = []
    for target in targets():
        for name, tool in scanners.TOOLS.items():
            if name not in away:
                for _ in range(repeats):
                    print(f"  {target.name}: {name} ...", flush=True)
                    rows.append(_measured(target, name, tool, most_seconds))
    return {"rows": rows, "absent": away, "most seconds": most_seconds}


def _measured(target: Target, name: str, tool: Callable[[Subject], Said], most: float) -> dict[str, Any]:
    with target.starts() as port, counting(port) as way, tempfile.TemporaryDirectory(prefix="ostiary-bench-") as folder:
        direct = f"http://127.0.0.1:{port}"
        known = target.accounts(direct)
        document = {**target.document(direct), "servers": [{"url": way.url}]}
        path = Path(folder) / "openapi.json"
        path.write_text(json.dumps(document))
        said = tool(
            Subject(
                url=way.url,
                document=path,
                tokens={each: of["token"] for each, of in known.items() if of.get("token")},
                users={each: f"{of['user']}:{of['password']}" for each, of in known.items() if of.get("password")},
                seconds=most,
                folder=Path(folder),
            )
        )
        requests, alive = way.requests, _lives(direct)
    operations = sum(
        len(item.keys() & {"get", "put", "post", "patch", "delete"}) for item in document["paths"].values()
    )
    row: dict[str, Any] = {
        "target": target.name, "tool": name, "seconds": round(said.seconds, 1), "requests": requests,
        "operations": operations, "flags": said.flags, "named": {key: list(ids) for key, ids in said.named.items()},
        "code": said.code, "alive": alive, "note": said.note,
    }  # fmt: skip
    if target.truth is not None:
        credited = {each for ids in said.named.values() for each in ids}
        row["found"] = sorted(credited & target.truth)
        row["wrong"] = len(target.truth)
        row["beside"] = sorted(each for each, ids in said.named.items() if not target.truth.intersection(ids))
    return row


def targets() -> list[Target]:
    """The bundled ones, and the operator's."""
    switched = frozenset(each.partition("/")[0] for each in annex.FAULTS)
    shop = frozenset(each.partition("/")[0] for each in SHOP)
    found = [
        Target("the annex, sound", _annex, lambda _: annex.document(), _annex_accounts, frozenset()),
        Target("the annex, every fault", _annex_broken, lambda _: annex.document(annex.FAULTS), _annex_accounts, switched),
        Target("the careless shop", _shop, lambda _: careless.document(careless.ALL), _shop_accounts, shop),
    ]  # fmt: skip
    command = os.environ.get("OSTIARY_BENCH_FOREIGN", "")
    if command:
        found.append(
            Target("an API of others", lambda: _foreign(command), _fetched, lambda url: _told(command, url), None)
        )
    else:
        print("  OSTIARY_BENCH_FOREIGN is not set: no API of others", file=sys.stderr)
    return found


def _annex() -> contextlib.AbstractContextManager[int]:
    return _process([sys.executable, "-m", "ostiary.demo.annex", "--port", "0"])


def _annex_broken() -> contextlib.AbstractContextManager[int]:
    return _process([sys.executable, "-m", "ostiary.demo.annex", "--port", "0", "--fault", "all"])


def _shop() -> contextlib.AbstractContextManager[int]:
    return _process([sys.executable, "-m", "ostiary.demo.child"])


@contextlib.contextmanager
def _process(command: Sequence[str]) -> Iterator[int]:
    """A server that says its URL on its first line."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            line = process.stdout.readline().decode() if process.stdout else ""
            port = urlsplit(line.strip()).port
            if not port:
                raise RuntimeError(f"{command[2]} did not start")
            _await(port)
            yield port
        finally:
            _end(process)


@contextlib.contextmanager
def _foreign(command: str) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    quiet = subprocess.DEVNULL
    with subprocess.Popen([*shlex.split(command), str(port)], stdin=quiet, stdout=quiet, stderr=quiet) as process:
        try:
            _await(port)
            yield port
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def _await(port: int) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def _lives(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _fetched(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/openapi.json", timeout=10) as reply:
        found: dict[str, Any] = json.load(reply)
    return found


def _told(command: str, url: str) -> Mapping[str, Mapping[str, str]]:
    done = subprocess.run([*shlex.split(command), "accounts", url], capture_output=True, timeout=60, check=True)
    found: Mapping[str, Mapping[str, str]] = json.loads(done.stdout)
    return found


def _annex_accounts(url: str) -> Mapping[str, Mapping[str, str]]:
    """Two members, as they register and sign in."""
    found = {}
    for name in ("anneliese", "bertram"):
        given = {"username": name, "password": PASSWORD}
        _post(f"{url}/register", {**given, "email": f"{name}@annex.example"})
        found[name] = {"user": name, "password": PASSWORD, "token": _post(f"{url}/login", given)["access_token"]}
    return found


def _shop_accounts(_: str) -> Mapping[str, Mapping[str, str]]:
    return {"alice": {"token": passes.mint(ALICE)}, "bob": {"token": passes.mint(BOB)}}


def _post(url: str, value: Any) -> Any:
    headers = {"content-type": "application/json", "accept": "application/json"}
    request = urllib.request.Request(url, json.dumps(value).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.load(reply)


def table(found: dict[str, Any]) -> list[str]:
    """The figures, beside `ostiary audit` of the same target."""
    lines = [
        f"Every tool got {found['most seconds']:.0f} s at most, the document, and where it takes them two users' credentials.",
        "Ratios are to `ostiary audit` on the same target. *Found*: of the controls that are broken there, how many the tool",
        "names by anything that it says; *false or beside*: kinds of things that it says and that no switch explains.",
        "",
        "| target | tool | wall s | requests | per operation | ratio of time | of requests | flags | found | false or beside |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    own = {row["target"]: row for row in reversed(found["rows"]) if row["tool"] == "ostiary audit"}
    for row in found["rows"]:
        mine = own.get(row["target"], row)
        lines.append(
            f"| {row['target']} | {row['tool']} | {row['seconds']:.1f} | {row['requests']} |"
            f" {row['requests'] / max(1, row['operations']):.1f} | {row['seconds'] / max(0.1, mine['seconds']):.1f} |"
            f" {row['requests'] / max(1, mine['requests']):.1f} | {row['flags']} |"
            f" {_share(row)} | {len(row['beside']) if 'beside' in row else '-'} |"
            + (f" {row['note']}" if row["note"] else "")
            + ("" if row["alive"] else " the target is gone")
        )
    lines += [""]
    lines += [
        f"False or beside, {row['tool']} on {row['target']}: {', '.join(row['beside'][:_NAMED])}"
        + (f" and {len(row['beside']) - _NAMED} more" if len(row["beside"]) > _NAMED else "")
        for row in found["rows"]
        if row.get("beside")
    ]
    lines += [f"\n{name} was not here: {how}" for name, how in found["absent"].items()]
    return lines


def kept(found: dict[str, Any]) -> list[dict[str, Any]]:
    """What an audit of some fifty operations may cost, and that it accuses nobody who is sound."""
    row = next(
        each for each in found["rows"] if each["tool"] == "ostiary audit" and each["target"] == targets()[0].name
    )
    return [
        {"what": "requests an operation, default audit of the sound annex", "at_most": 30.0, "measured": row["requests"] / row["operations"]},
        {"what": "seconds for it", "at_most": 20.0, "measured": row["seconds"]},
        {"what": "false alarms of it", "at_most": 0.0, "measured": float(len(row["beside"]))},
    ]  # fmt: skip


def _share(row: dict[str, Any]) -> str:
    return f"{len(row['found'])} of {row['wrong']}" if row.get("wrong") else "-"


if __name__ == "__main__":
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 90.0
    told = measure(most_seconds=seconds)
    print(json.dumps(told) if "--json" in sys.argv else "\n".join(table(told)))
