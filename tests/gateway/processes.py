"""A gateway of one process or many, run as operators run it: from a policy, by a command, ended by its pid."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from mortal import mortal

SERVE = """
    import json, sys
    from ostiary.config import from_plain
    from ostiary.gateway.server import serve
    config = from_plain(json.loads(sys.argv[1]))
    sys.exit(serve(config, ready=lambda url, admin: print(url, admin, flush=True)))
"""


class Running(NamedTuple):
    """A gateway that serves."""

    process: subprocess.Popen[str]
    url: str
    admin: str


@contextmanager
def policy(upstream: str, workers: int = 1, **plain: Any) -> Iterator[Running]:
    """Serve a policy (the tables of an ostiary.toml) on free ports, until left; then it is killed."""
    wire = {"workers": workers, "drain": "3s", **plain.pop("wire", {})}
    whole = {"upstream": upstream, "listen": "127.0.0.1:0", "admin": "127.0.0.1:0", "wire": wire, **plain}
    command = [sys.executable, "-c", textwrap.dedent(SERVE), json.dumps(whole)]
    with mortal(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)) as process:
        assert process.stdout is not None
        said = process.stdout.readline().split()
        if len(said) != 2:
            raise AssertionError(process.stderr.read() if process.stderr else "no word from the gateway")
        running = Running(process, *said)
        until = time.monotonic() + 5
        while time.monotonic() < until and _workers(running) != workers:
            time.sleep(0.02)
        yield running


def _workers(running: Running) -> int:
    try:
        _, text = fetch(running.admin + "/metrics")
    except OSError:
        return 0
    found = [line for line in text.splitlines() if line.startswith("ostiary_workers ")]
    return int(float(found[0].split()[1])) if found else 0


def fetch(url: str, **headers: str) -> tuple[int, str]:
    """GET on a connection of its own."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def told(url: str, given: Mapping[str, Any] | None = None, **headers: str) -> tuple[int, Any]:
    """Ask the admin port; POST when something is given."""
    data = None if given is None else json.dumps(given).encode()
    request = urllib.request.Request(url, data, headers={"ostiary-admin": "1", **headers} if data else headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode()
            return error.code, json.loads(text) if text.startswith("{") else text
