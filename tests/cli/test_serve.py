"""ostiary serve as a process: it says where it is, refuses a taken port in a sentence, and ends when asked."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from mortal import mortal
from ostiary.demo import careless, loop


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "ostiary.toml"
    off = '[off]\n"processing.all-endpoints-authenticated" = "this shop has no callers to tell apart"\n'
    file.write_text(f'[beyond.host-and-proxy-trust]\nhosts = ["localhost"]\n{off}')
    return file


def serve(policy: Path, *arguments: str) -> subprocess.Popen[str]:
    options = ("--config", str(policy), "--quiet", "--admin", "127.0.0.1:0", "--workers", "1")
    command = [sys.executable, "-m", "ostiary", "serve", *options, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_serves_until_sigterm_and_says_where(policy: Path) -> None:
    with loop.shop("beyond.api-inventory", "output.no-fingerprint-headers") as upstream:
        options = ("--upstream", upstream, "--api", str(careless.DOCUMENT), "--listen", "127.0.0.1:0")
        with mortal(serve(policy, *options)) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            url = line.split()[0]
            assert upstream in line
            with urllib.request.urlopen(f"{url}/items", timeout=5) as reply:
                assert reply.status == 200
                assert "server" not in reply.headers
            with pytest.raises(urllib.error.HTTPError, match="404") as refused:
                urllib.request.urlopen(f"{url}/internal", timeout=5)
            refused.value.close()
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")


def test_a_taken_port_is_one_sentence(policy: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with mortal(serve(policy, "--upstream", "http://127.0.0.1:1", "--listen", listen)) as process:
            out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert listen in err
    assert "in use" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(("store", "said"), [("memory", 1), ("sqlite", 0)])
def test_processes_that_count_apart_are_said(policy: Path, tmp_path: Path, store: str, said: int) -> None:
    url = store if store == "memory" else f"sqlite:///{tmp_path}/state.db"
    policy.write_text(f'store = "{url}"\n' + policy.read_text())
    options = ("--upstream", "http://127.0.0.1:1", "--listen", "127.0.0.1:0", "--workers", "2")
    with mortal(serve(policy, *options)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert err.count("each counts for itself") == said


@pytest.mark.parametrize("seconds", [0, 1])
def test_whoever_hears_that_it_is_there_can_stop_it(seconds: int) -> None:
    """A signal that comes with the first line is heard by the parent of several processes, and by slow children."""
    code = (
        "import os, signal, sys, time\n"
        "real = signal.set_wakeup_fd\n"
        "def slow(fd, **more):\n"
        "    old = real(fd, **more)\n"
        f"    time.sleep({seconds} if fd == -1 else 0)\n"
        "    return old\n"
        "signal.set_wakeup_fd = slow\n"
        "from ostiary.config import Config, Wire\n"
        "from ostiary.gateway.server import serve\n"
        "def ready(url, admin):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "config = Config(upstream='http://127.0.0.1:1', listen='127.0.0.1:0', admin='127.0.0.1:0', wire=Wire(workers=2))\n"
        "sys.exit(serve(config, ready=ready))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=30)
    assert done.returncode == 0
