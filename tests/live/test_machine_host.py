"""This very machine, with servers that the tests start on it: a debugging process, TLS as it was, and what `--host` prints."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from live.machine_servers import free_port, memcached, nginx, program, redis, running, takes
from loop import stage
from ostiary import catalogue
from ostiary.audit.answering import answered
from ostiary.audit.gather.machines.host import Host
from ostiary.model import Finding, Kind, Outcome

pytestmark = pytest.mark.live


class Here(Host):
    """This machine, of whose ports only some concern the test: others' servers run on it as well."""

    def __init__(self, *ports: int) -> None:
        super().__init__("this machine", threading.Event())
        self._ports = ports

    def listening(self):  # type: ignore[no-untyped-def]  # as its parent's
        return [each for each in super().listening() if each.port in self._ports]


def asked(control: str, here: Host) -> Finding:
    return asyncio.run(answered(catalogue.control(control).audits[Kind.HOST], here))


@pytest.mark.parametrize(("value", "outcome"), [("1", Outcome.FAIL), ("0", Outcome.PASS)])
def test_a_process_that_listens_and_debugs(value: str, outcome: Outcome, tmp_path: Path) -> None:
    port = free_port()
    command = ["env", f"FLASK_DEBUG={value}", "API_TOKEN=nobody-shall-see-it", sys.executable, "-c",
               f"import socket,time; s=socket.create_server(('127.0.0.1',{port})); time.sleep(60)"]  # fmt: skip
    with running(command, takes(port), tmp_path):
        found = asked("processing.debug-off", Here(port))
    assert found.outcome is outcome, found.why
    assert "nobody-shall-see-it" not in repr(found)


def test_stores_that_listen_are_found_by_their_process(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    with redis(tmp_path / "r") as first, memcached(tmp_path) as second:
        here = Here(first, second)
        found = asked("infra.db-credentials", here)
        ports = asked("infra.open-ports", here)
    assert found.outcome is Outcome.FAIL
    assert set(found.places) == {f"127.0.0.1:{first}", f"127.0.0.1:{second}"}
    assert ports.outcome is Outcome.PASS, ports.why


def test_nginx_with_old_tls_is_found_and_its_twin_passes(tmp_path: Path) -> None:
    certificate = stage.make_certificate(tmp_path)
    (tmp_path / "bad").mkdir()
    (tmp_path / "good").mkdir()
    with (
        nginx(tmp_path / "bad", certificate, "TLSv1 TLSv1.2", "ALL:@SECLEVEL=0") as bad,
        nginx(tmp_path / "good", certificate, "TLSv1.2 TLSv1.3", "ECDHE+AESGCM") as good,
    ):
        outcomes = [
            asked(control, Here(port)).outcome
            for control in ("access.tls-floor", "access.tls-ciphers")
            for port in (bad, good)
        ]
    assert outcomes == [Outcome.FAIL, Outcome.PASS, Outcome.FAIL, Outcome.PASS]


@pytest.mark.parametrize("stack", ["execstack", "noexecstack"])
def test_a_program_that_runs_with_an_executable_stack(stack: str, tmp_path: Path) -> None:
    compiler = program("gcc", "gcc")
    (tmp_path / "x.c").write_text("#include <unistd.h>\nint main(void){sleep(60);}\n", encoding="ascii")
    subprocess.run([compiler, "-z", stack, "-o", "sleeper", "x.c"], cwd=tmp_path, check=True, timeout=60)

    class One(Host):
        def processes(self):  # type: ignore[no-untyped-def]  # as its parent's
            return [each for each in super().processes() if each.name == "sleeper"]

    with running([str(tmp_path / "sleeper")], lambda: True, tmp_path):
        found = asked("processing.nx-stack", One("this machine", threading.Event()))
    assert found.outcome is (Outcome.FAIL if stack == "execstack" else Outcome.PASS), found.why


def test_the_command_ends_within_seconds_and_says_where_it_looked(tmp_path: Path) -> None:
    only = [
        word
        for each in ("infra.open-ports", "processing.nx-stack", "infra.volumes-encrypted")
        for word in ("--only", each)
    ]
    done = subprocess.run(
        [sys.executable, "-m", "ostiary", "audit", "--host", *only, "--format", "json"],
        capture_output=True, text=True, timeout=30, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    assert '"url": "this machine"' in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: only root can become nobody")
def test_without_permission_nothing_is_passed_that_was_not_seen() -> None:
    """As nobody, others' processes cannot be looked into: UNKNOWN, with the reason."""
    script = (
        "import asyncio,threading;from ostiary.audit.gather.machines.host import Host;"
        "from ostiary.audit.answering import answered;from ostiary import catalogue;from ostiary.model import Kind;"
        "c=catalogue.control('processing.nx-stack').audits[Kind.HOST];"  # while the folder may still be read
        "import os;os.setgroups([]);os.setgid(65534);os.setuid(65534);"
        "h=Host('x',threading.Event());own=os.getpid();"
        "Host.processes=lambda self:[e for e in self._seen.processes if e.pid!=own];"
        "f=asyncio.run(answered(c,h));"
        "print(f.outcome.value,'|',f.why,'|',*h.notes)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.startswith("UNKNOWN"), done.stdout
    assert "root" in done.stdout
