"""The proxies under measurement: how each is configured and started, on loopback, with one worker."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from inprocess import environment
from traffic import KEY

HERE = Path(__file__).parent
_TICK = os.sysconf("SC_CLK_TCK")

_NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e; client_body_buffer_size 128k; keepalive_requests 10000000;
  upstream api {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 10000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }}
  }}
}}
"""

_HAPROXY = """
global
  nbthread 1
  maxconn 1024
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  http-reuse always
frontend f
  bind 127.0.0.1:{port}
  default_backend api
backend api
  server s 127.0.0.1:{upstream}
"""

_OSTIARY = """
api = "{document}"
upstream = "http://127.0.0.1:{upstream}"
listen = "127.0.0.1:{port}"
admin = "127.0.0.1:{admin}"

[wire]
workers = 1

[off]
"access.https-only" = "measured in clear text on loopback, like the others"

{limits}
"""


@dataclass
class Proxy:
    """A started proxy; `port` is where load goes."""

    name: str
    port: int
    process: subprocess.Popen[bytes] | None = None
    settled: dict[int, float] = field(default_factory=dict)

    def pids(self) -> list[int]:
        """Its processes, children included."""
        if self.process is None or self.process.poll() is not None:
            return []
        found = [self.process.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += [int(each) for each in children.read_text().split()]
        return found

    def cpu(self) -> float:
        """CPU seconds spent so far, user and system."""
        total = 0.0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / _TICK
        return total

    def rss(self) -> float:
        """The resident memory of its largest process, MB."""
        most = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    most = max(most, int(line.split()[1]))
        return most / 1024

    def stop(self) -> None:
        """End it and its children, by their ids."""
        if self.process is None:
            return
        pids = self.pids()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            for pid in pids:
                _kill(pid)
            self.process.wait()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def upstream(python: Path) -> Proxy:
    """The responder behind all of them; load that goes to it is the direct connection."""
    port = free_port()
    return _start("direct", port, [str(python), str(HERE / "upstream.py"), str(port)], environment())


def started(python: Path, folder: Path, behind: int) -> tuple[list[Proxy], list[str]]:
    """Every proxy that this machine has, started; and a sentence for each that it has not."""
    made: list[Proxy] = []
    missing: list[str] = []
    builders: list[tuple[str, Callable[[Path, Path, int], Proxy]]] = [
        ("nginx", _nginx), ("HAProxy", _haproxy), ("Ostiary gateway", _ostiary), ("uvicorn + aiohttp", _aiohttp),
    ]  # fmt: skip
    for name, build in builders:
        try:
            made.append(build(python, folder, behind))
        except (OSError, RuntimeError) as error:
            missing.append(f"{name} was not measured: {error}")
    return made, missing


def _nginx(_: Path, folder: Path, behind: int) -> Proxy:
    port, conf = free_port(), folder / "nginx.conf"
    conf.write_text(_NGINX.format(folder=folder, upstream=behind, port=port))
    return _start("nginx", port, [_binary("nginx"), "-p", str(folder), "-c", str(conf)])


def _haproxy(_: Path, folder: Path, behind: int) -> Proxy:
    port, conf = free_port(), folder / "haproxy.cfg"
    conf.write_text(_HAPROXY.format(upstream=behind, port=port))
    return _start("HAProxy", port, [_binary("haproxy"), "-db", "-f", str(conf)])


def _ostiary(python: Path, folder: Path, behind: int) -> Proxy:
    port, conf = free_port(), folder / "ostiary.toml"
    limits = subprocess.run(
        [str(python), str(HERE / "policy.py")],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout
    document = HERE / "openapi.yaml"
    conf.write_text(_OSTIARY.format(document=document, upstream=behind, port=port, admin=free_port(), limits=limits))
    command = [str(python), "-c", "import sys; from ostiary.cli.main import main; sys.exit(main())"]
    return _start("Ostiary gateway", port, [*command, "serve", "--config", str(conf), "--quiet"], environment())


def started_as(name: str, port: int, python: Path, conf: Path) -> Proxy:
    """A gateway of ours with the policy in `conf`."""
    command = [str(python), "-c", "import sys; from ostiary.cli.main import main; sys.exit(main())"]
    env = environment() | {"OSTIARY_BENCH_KEY": KEY}
    return _start(name, port, [*command, "serve", "--config", str(conf), "--quiet"], env)


def _aiohttp(python: Path, _: Path, behind: int) -> Proxy:
    port = free_port()
    env = environment() | {"UPSTREAM": f"http://127.0.0.1:{behind}"}
    options = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "critical", "--no-access-log"]
    command = [str(python), "-m", "uvicorn", "aiohttp_proxy:app", "--app-dir", str(HERE), *options]
    return _start("uvicorn + aiohttp", port, command, env)


def _binary(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        raise OSError(f"{name} is not installed (apt-get install {name})")
    return found


def _start(name: str, port: int, command: list[str], env: dict[str, str] | None = None) -> Proxy:
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    proxy = Proxy(name, port, process)
    end = time.monotonic() + 15
    while time.monotonic() < end:
        if process.poll() is not None:
            said = process.stderr.read().decode(errors="replace").strip() if process.stderr else ""
            raise RuntimeError(f"it ended at once: {said[-300:]}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return proxy
    proxy.stop()
    raise RuntimeError("it did not open its port in 15 s")
