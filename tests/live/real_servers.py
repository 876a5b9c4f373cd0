"""Real API servers for the live tests, each in a virtual environment of its own, started on a free loopback port."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
VENVS = Path(os.environ.get("OSTIARY_LIVE_VENVS", HERE.parent.parent / ".venv-live"))

KINTO_INI = """\
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = %(port)s
[app:main]
use = egg:kinto
kinto.userid_hmac_secret = 0123456789abcdef0123456789abcdef
kinto.storage_backend = kinto.core.storage.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.includes = kinto.plugins.default_bucket kinto.plugins.accounts
multiauth.policies = account basicauth
multiauth.policy.account.use = kinto.plugins.accounts.authentication.AccountsAuthenticationPolicy
kinto.account_create_principals = system.Everyone
kinto.bucket_create_principals = system.Authenticated
"""


def python_of(name: str) -> Path | None:
    """The Python of a live server's environment, or None when it is not installed."""
    python = VENVS / name / "bin" / "python"
    return python if python.exists() else None


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def fetch(url: str, seconds: float = 5) -> tuple[int, bytes]:
    """Status and body of a GET, whatever the status."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@contextlib.contextmanager
def started(
    command: list[str], ready: str, log: Path, *, seconds: float = 240, env: dict[str, str] | None = None
) -> Iterator[int]:
    """Run a server until the block ends; ``ready`` is the URL that must answer first. Gives its pid."""
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}, start_new_session=True
        )
        try:
            until = time.monotonic() + seconds
            while True:
                with contextlib.suppress(OSError):
                    fetch(ready, 2)
                    break
                if server.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{command[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}")
                time.sleep(0.2)
            yield server.pid
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(3)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait(5)


@contextlib.contextmanager
def kinto(folder: Path) -> Iterator[str]:
    """A Kinto server with accounts, in memory; gives its URL without a path."""
    port = free_port()
    ini = folder / "kinto.ini"
    ini.write_text(KINTO_INI % {"port": port})
    command = [str(VENVS / "kinto" / "bin" / "kinto"), "start", "--ini", str(ini), "--port", str(port)]
    with started(command, f"http://127.0.0.1:{port}/v1/__lbheartbeat__", folder / "kinto.log"):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def prefect(folder: Path) -> Iterator[str]:
    """A Prefect server on SQLite; gives its URL without a path."""
    port = free_port()
    tool = str(VENVS / "prefect" / "bin" / "prefect")
    quiet = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    made = VENVS / "prefect" / "home"
    if not (made / "prefect.db").exists():  # its 100 migrations take a busy machine a minute: once
        with tempfile.TemporaryDirectory(dir=VENVS / "prefect") as fresh:
            upgrade = [tool, "server", "database", "upgrade", "-y"]
            env = {**os.environ, **quiet, "PREFECT_HOME": fresh}
            subprocess.run(upgrade, env=env, check=True, timeout=300, capture_output=True)
            made.mkdir(exist_ok=True)
            # whole at once: another process of the tests may be looking for it
            (Path(fresh) / "prefect.db").replace(made / "prefect.db")
    (folder / "home").mkdir()
    shutil.copy(made / "prefect.db", folder / "home" / "prefect.db")
    env = {"PREFECT_HOME": str(folder / "home"), **quiet}
    command = [tool, "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    with started(command, f"http://127.0.0.1:{port}/api/health", folder / "prefect.log", env=env):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def gateway(folder: Path, upstream: str, policy: str) -> Iterator[str]:
    """`ostiary serve` with this policy in front of an upstream, as a user would start it; gives its URL."""
    port, admin = free_port(), free_port()
    file = folder / "ostiary.toml"
    file.write_text(
        f'upstream = "{upstream}"\nlisten = "127.0.0.1:{port}"\nadmin = "127.0.0.1:{admin}"\n{policy}', encoding="utf-8"
    )
    command = [sys.executable, "-m", "ostiary", "serve", "--config", str(file), "--workers", "1"]
    with started(command, f"http://127.0.0.1:{admin}/healthz", folder / "gateway.log"):
        yield f"http://127.0.0.1:{port}"


def use(client: str, name: str, argument: str, env: dict[str, str] | None = None) -> dict[str, object]:
    """Run a client script in its server's environment; what it saw."""
    python = VENVS / name / "bin" / "python"
    done = subprocess.run(
        [str(python), str(HERE / "clients" / client), argument],
        capture_output=True,
        text=True,
        timeout=180,
        env={**os.environ, **(env or {})},
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"{client} failed: {done.stdout[-1500:]}\n{done.stderr[-3000:]}")
    seen: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return seen
