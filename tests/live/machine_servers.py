"""Debian's data stores, OpenSSH, nginx and OpenSSL for tests of machines: private ports, folders of their own, good and bad."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), Path("/nonexistent"))
SECONDS = 25.0


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def program(name: str, package: str, *places: str) -> str:
    """Where a program is; without it the test is skipped, loudly."""
    found = shutil.which(name) or next((each for each in places if os.access(each, os.X_OK)), None)
    if found is None:
        pytest.skip(f"NOT TESTED: {name} is not installed (apt-get install {package})")
    return found


def owned(folder: Path, user: str) -> str | None:
    """The user whom a server runs as, when we are root and it refuses to be; the folder (not pytest's: ours alone) becomes theirs."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(user)
    except KeyError:
        pytest.skip(f"NOT TESTED: it does not run as root, and there is no user called {user}")
    shutil.chown(folder, user, user)
    return user


def takes(port: int) -> Callable[[], bool]:
    """Whether connections are taken."""

    def asked() -> bool:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True

    return asked


@contextlib.contextmanager
def running(command: Sequence[str], ready: Callable[[], bool], folder: Path, user: str | None = None) -> Iterator[int]:
    """Run a server until the block ends; gives its pid."""
    log = folder / "log"
    with log.open("ab") as out:
        server = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            user=user, group=user, extra_groups=[] if user else None,
        )  # fmt: skip
    try:
        until = time.monotonic() + SECONDS
        while True:
            with contextlib.suppress(OSError):
                if ready():
                    break
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        yield server.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(5)


@contextlib.contextmanager
def redis(folder: Path, *options: str) -> Iterator[int]:
    """Redis with these options; gives its port."""
    port = free_port()
    binary = program("redis-server", "redis-server")
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", *options]
    with running(command, takes(port), folder):
        yield port


@contextlib.contextmanager
def memcached(folder: Path) -> Iterator[int]:
    """memcached; gives its port."""
    port = free_port()
    binary = program("memcached", "memcached")
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with running([binary, "-l", "127.0.0.1", "-p", str(port), "-U", "0", *user], takes(port), folder):
        yield port


@contextlib.contextmanager
def postgres(folder: Path, method: str, *, password: str = "", encryption: str = "scram-sha-256") -> Iterator[int]:
    """A fresh cluster of ``postgres`` in which callers over TCP are authenticated by `method`; gives its port."""
    program("postgres", "postgresql", str(POSTGRES / "postgres"))
    user = owned(folder, "postgres")
    secret = folder / "password"
    secret.write_text(password or "unused", encoding="utf-8")
    if user:
        shutil.chown(secret, user, user)
    made = [
        str(POSTGRES / "initdb"), "-D", f"{folder}/data", "-U", "postgres", f"--pwfile={secret}", "--no-sync", "-E", "UTF8",
        "--locale=C", "--auth-local=trust", f"--auth-host={method}", "--no-instructions",
    ]  # fmt: skip
    if encryption == "md5":
        made = [each.replace("--auth-host=scram-sha-256", "--auth-host=md5") for each in made]
    subprocess.run(
        made,
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=60,
        user=user,
        group=user,
        extra_groups=[] if user else None,
    )
    port = free_port()
    command = [
        str(POSTGRES / "postgres"), "-D", f"{folder}/data", "-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-F",
        "-c", "shared_buffers=16MB", "-c", f"password_encryption={encryption}",
    ]  # fmt: skip
    ready = [str(POSTGRES / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    with running(command, lambda: subprocess.run(ready, check=False, timeout=10).returncode == 0, folder, user):
        yield port


def psql(folder: Path, port: int, *statements: str) -> None:
    """Run statements as postgres, over the socket in its folder."""
    for each in statements:
        subprocess.run(
            [str(POSTGRES / "psql"), "-h", str(folder), "-p", str(port), "-U", "postgres", "-qc", each],
            check=True, capture_output=True, timeout=30,
        )  # fmt: skip


@contextlib.contextmanager
def mariadb(folder: Path, *statements: str) -> Iterator[int]:
    """A fresh MariaDB in which these statements were run; its root has no password unless they say otherwise."""
    binary = program("mariadbd", "mariadb-server")
    install = program("mariadb-install-db", "mariadb-server")
    user = owned(folder, "mysql")
    made = [
        install,
        "--no-defaults",
        f"--datadir={folder}/data",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    ]
    subprocess.run(
        made,
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=90,
        user=user,
        group=user,
        extra_groups=[] if user else None,
    )
    first = folder / "first.sql"
    first.write_text("\n".join(f"{each};" for each in statements), encoding="utf-8")
    port = free_port()
    command = [
        binary, "--no-defaults", f"--datadir={folder}/data", f"--socket={folder}/sock", f"--port={port}", "--bind-address=127.0.0.1",
        f"--pid-file={folder}/pid", f"--init-file={first}", "--skip-log-bin", "--innodb-buffer-pool-size=8M",
        "--innodb-flush-log-at-trx-commit=0",
    ]  # fmt: skip
    with running(command, takes(port), folder, user):
        yield port


@contextlib.contextmanager
def sshd(folder: Path, *lines: str) -> Iterator[tuple[int, Path]]:
    """OpenSSH with these lines of configuration; gives its port and its file."""
    binary = program("sshd", "openssh-server", "/usr/sbin/sshd")
    if os.geteuid() != 0:
        pytest.skip("NOT TESTED: sshd offers its methods to root's servers alone")
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    key, port, config = folder / "key", free_port(), folder / "sshd_config"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True, timeout=20)
    own = [f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {key}", f"PidFile {folder}/pid", "StrictModes no"]
    config.write_text("\n".join([*own, *lines, ""]), encoding="utf-8")
    with running([binary, "-D", "-e", "-f", str(config)], takes(port), folder):
        yield port, config


@contextlib.contextmanager
def nginx(folder: Path, certificate: Path, protocols: str, ciphers: str) -> Iterator[int]:
    """nginx with TLS as it is told; gives its port."""
    binary = program("nginx", "nginx-light", "/usr/sbin/nginx")
    port, config = free_port(), folder / "nginx.conf"
    config.write_text(
        f"""
        daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error;
        events {{ worker_connections 128; }}
        http {{
          access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
          uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
          server {{
            listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}/cert.pem; ssl_certificate_key {certificate}/key.pem;
            ssl_protocols {protocols}; ssl_ciphers {ciphers};
          }}
        }}""",
        encoding="utf-8",
    )
    with running([binary, "-c", str(config), "-e", f"{folder}/error"], takes(port), folder):
        yield port


@contextlib.contextmanager
def openssl(folder: Path, certificate: Path, *options: str) -> Iterator[int]:
    """``openssl s_server`` with these options; gives its port."""
    binary, port = program("openssl", "openssl"), free_port()
    command = [
        binary, "s_server", "-accept", f"127.0.0.1:{port}", "-cert", f"{certificate}/cert.pem", "-key", f"{certificate}/key.pem",
        "-www", *options,
    ]  # fmt: skip
    with running(command, takes(port), folder):
        yield port
