"""Debian's Redis and PostgreSQL for tests: private ports, folders of their own, and a way to die and come back.

``with redis_server() as redis: redis.url``, or the session fixtures `redis` and `postgres`; a test that uses them is marked
``live``. Where a server is not installed, the test is skipped and says so.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), Path("/nonexistent"))
SECONDS = 20.0  # until a server answers


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Server:
    """A process that can be killed and started again at the same URL."""

    def __init__(
        self, url: str, command: list[str], folder: Path, answers: Callable[[], bool], user: str | None
    ) -> None:
        self.url = url
        self.folder = folder
        self._command = command
        self._answers = answers
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers."""
        until = time.monotonic() + SECONDS
        log = self.folder / "log"
        while True:
            with log.open("ab") as out:
                self._process = subprocess.Popen(
                    self._command, cwd=self.folder, stdout=out, stderr=out, start_new_session=True,
                    user=self._user, group=self._user, extra_groups=[] if self._user else None,
                )  # fmt: skip
            while self._process.poll() is None:
                with contextlib.suppress(OSError):
                    if self._answers():
                        return
                if time.monotonic() > until:
                    break
                time.sleep(0.02)
            if time.monotonic() > until:  # a killed PostgreSQL refuses to start until its last child is gone
                self.kill()
                raise RuntimeError(f"{self._command[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            self._process.wait()
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as an administrator would (SIGINT: for PostgreSQL that is "fast", with a last checkpoint)."""
        self._end(signal.SIGINT)

    def pause(self) -> None:
        """Let it hang: it keeps its connections and answers nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Undo `pause`."""
        os.kill(self.pid, signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)


def _says(port: int, question: bytes, answer: bytes) -> Callable[[], bool]:
    def asked() -> bool:
        with socket.create_connection(("127.0.0.1", port), 1) as client:
            client.sendall(question)
            return client.recv(64).startswith(answer)

    return asked


@contextlib.contextmanager
def redis_server(*, durable: bool = False) -> Iterator[Server]:
    """A Redis that keeps nothing on disk, unless it is to be durable: then every write is there after `kill`.

    It also listens on the unix socket ``redis.sock`` in its folder.
    """
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("NOT TESTED: redis-server is not installed (apt-get install redis-server)")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="ostiary-redis-") as name:
        folder = Path(name)
        command = [
            binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", name, "--unixsocket", f"{name}/redis.sock",
            "--save", "", "--appendonly", "yes" if durable else "no", "--appendfsync", "always", "--daemonize", "no",
        ]  # fmt: skip
        server = Server(f"redis://127.0.0.1:{port}/0", command, folder, _says(port, b"PING\r\n", b"+PONG"), None)
        try:
            server.start()
            yield server
        finally:
            server.kill()


@contextlib.contextmanager
def postgres_server(*, connections: int = 100) -> Iterator[Server]:
    """A fresh PostgreSQL cluster; it writes no disk that has to survive the machine, but survives its own death."""
    if not (POSTGRES / "postgres").exists():
        pytest.skip("NOT TESTED: PostgreSQL is not installed (apt-get install postgresql)")
    user = None
    if os.geteuid() == 0:  # it refuses to run as root
        try:
            user = pwd.getpwnam("postgres").pw_name
        except KeyError:
            pytest.skip("NOT TESTED: PostgreSQL does not run as root, and there is no user called postgres")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="ostiary-postgres-") as name:
        folder = Path(name)
        if user is not None:
            shutil.chown(folder, user, user)
        made = [str(POSTGRES / "initdb"), "-D", f"{name}/data", "-U", "ostiary", "--auth=trust", "--no-sync", "-E", "UTF8",
                "--locale=C"]  # fmt: skip
        subprocess.run(
            made, cwd=folder, check=True, capture_output=True, timeout=60, user=user, group=user,
            extra_groups=[] if user else None,
        )  # fmt: skip
        command = [
            str(POSTGRES / "postgres"), "-D", f"{name}/data", "-p", str(port), "-h", "127.0.0.1", "-k", name, "-F",
            "-N", str(connections), "-c", "shared_buffers=16MB", "-c", "wal_level=minimal", "-c", "max_wal_senders=0",
        ]  # fmt: skip
        ready = [str(POSTGRES / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        server = Server(
            f"postgresql://ostiary@127.0.0.1:{port}/postgres", command, folder,
            lambda: subprocess.run(ready, check=False, timeout=10).returncode == 0, user,
        )  # fmt: skip
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def redis() -> Iterator[Server]:
    """One Redis for the session; use keys of your own, and do not kill it."""
    with redis_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One PostgreSQL for the session; use keys of your own, and do not kill it."""
    with postgres_server() as server:
        yield server
