"""What shows of a host from outside: open ports, stores without credentials, how SSH is entered; the rest is asked of people."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from answering import says, server
from exchanges import api_of
from inside import audited, replying
from loop.stage import free_socket
from ostiary.audit.gather import ssh
from ostiary.audit.result import Result
from ostiary.audit.run import audit
from ostiary.controls.infra import ssh_keys_only
from ostiary.errors import Unanswerable
from ostiary.evidence import Asked
from ostiary.model import Outcome, Severity
from ostiary.parts.seen import services
from ostiary.parts.seen.services import STORES, Store

PORTS, STORE, SSH = "infra.open-ports", "infra.db-credentials", "infra.ssh-keys-only"


def asked(control: str, *, intrusive: bool = True, away: bool = False) -> Result:
    with server(says(b"{}")) as url:
        where = url.replace("127.0.0.1", "host.test") if away else url
        port = url.rpartition(":")[2]
        report = asyncio.run(
            audit(
                where, only=[control], find=False, register=False, intrusive=intrusive,
                resolve=[f"host.test:{port}:127.0.0.1"],
            )
        )  # fmt: skip
    return report.results[0]


@contextlib.contextmanager
def speaking(reply: bytes) -> Iterator[int]:
    """A port that answers everything with the same bytes."""
    sock = free_socket()
    sock.listen()
    sock.settimeout(0.1)
    ended = threading.Event()

    def run() -> None:
        while not ended.is_set():
            with contextlib.suppress(TimeoutError, OSError), sock.accept()[0] as connection:
                connection.settimeout(1)
                connection.sendall(reply) if reply.startswith(b"SSH") else connection.recv(1000)
                connection.sendall(reply)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield sock.getsockname()[1]
    finally:
        ended.set()
        thread.join(5)
        sock.close()


def only(monkeypatch: pytest.MonkeyPatch, name: str, port: int) -> None:
    store = next(each for each in STORES if each.name == name)
    monkeypatch.setattr(services, "STORES", (store._replace(port=port),))


@pytest.mark.parametrize("control", [PORTS, STORE, SSH])
def test_hosts_are_left_alone_unless_the_operator_allows_it(control: str) -> None:
    assert "--intrusive" in asked(control, intrusive=False).why


def test_open_ports_are_found_on_a_host_and_asked_about_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    with speaking(b"") as port:
        monkeypatch.setattr(services, "RISKY", {port: "Redis"})
        found = asked(PORTS, away=True)
        assert found.outcome is Outcome.FAIL
        assert found.findings[0].facts["ports"] == [port]
        assert asked(PORTS).outcome is Outcome.ATTEST
    assert asked(PORTS, away=True).outcome is Outcome.PASS


# What stores answer, with and without protection; recorded from Redis 7.0 and PostgreSQL 15, the others as documented.
ANSWERS = {
    "Redis": (b"+PONG\r\n", b"-NOAUTH Authentication required.\r\n"),
    "MongoDB": (
        b"\x00\x00\x00\x00databases\x00..totalSize",
        b"....errmsg\x00command listDatabases requires authentication",
    ),
    "memcached": (b"VERSION 1.6.18\r\n", b"CLIENT_ERROR unauthenticated\r\n"),
    "Elasticsearch": (
        b'HTTP/1.0 200 OK\r\n\r\n{"cluster_name" : "elasticsearch"}',
        b"HTTP/1.0 401 Unauthorized\r\n\r\n{}",
    ),
    "CouchDB": (b'HTTP/1.0 200 OK\r\n\r\n["_users"]', b"HTTP/1.0 401 Unauthorized\r\n\r\n"),
    "PostgreSQL": (
        b"R\x00\x00\x00\x08\x00\x00\x00\x00S\x00\x00\x00\x16",
        b"R\x00\x00\x00\x17\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_stores_that_ask_for_nothing_are_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, shut = ANSWERS[name]
    with speaking(opened) as port:
        only(monkeypatch, name, port)
        assert (found := asked(STORE, away=True)).outcome is Outcome.FAIL
        assert found.severity is Severity.CRITICAL
        assert asked(STORE).severity is Severity.MEDIUM, "loopback"
    with speaking(shut) as port:
        only(monkeypatch, name, port)
        assert asked(STORE).outcome is Outcome.PASS
    with speaking(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:  # something else lives there
        only(monkeypatch, name, port)
        assert asked(STORE).outcome is Outcome.ATTEST


@pytest.mark.live
@pytest.mark.parametrize(("password", "outcome"), [("", Outcome.FAIL), ("a-long-password", Outcome.PASS)])
def test_redis(password: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    binary = shutil.which("redis-server") or pytest.skip("redis-server is not installed (apt-get install redis-server)")
    sock = free_socket()
    port = sock.getsockname()[1]
    sock.close()
    extra = ["--requirepass", password] if password else []
    with running(
        [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path), *extra], port
    ):
        only(monkeypatch, "Redis", port)
        assert asked(STORE).outcome is outcome


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


SSHD = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/key
PidFile {folder}/pid
UsePAM no
StrictModes no
PasswordAuthentication {passwords}
KbdInteractiveAuthentication no
"""


@pytest.mark.live
@pytest.mark.parametrize(("passwords", "outcome"), [("yes", Outcome.FAIL), ("no", Outcome.PASS)])
def test_openssh(passwords: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    binary = shutil.which("sshd") or shutil.which("/usr/sbin/sshd")
    if binary is None or shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
        pytest.skip("OpenSSH is not installed (apt-get install openssh-server)")
    sock = free_socket()
    port = sock.getsockname()[1]
    sock.close()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True, timeout=20)
    (tmp_path / "conf").write_text(SSHD.format(port=port, folder=tmp_path, passwords=passwords))
    monkeypatch.setattr(ssh_keys_only, "PORTS", (port,))
    with running([binary, "-D", "-e", "-f", str(tmp_path / "conf")], port):
        found = asked(SSH)
    assert found.outcome is outcome, found.why


def test_what_only_sounds_like_ssh_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with speaking(b"SSH-2.0-none\r\n") as port:
        monkeypatch.setattr(ssh_keys_only, "PORTS", (port,))
        assert asked(SSH).outcome is Outcome.UNKNOWN


def test_no_ssh_is_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh_keys_only, "PORTS", ())
    assert asked(SSH).outcome is Outcome.ATTEST


def test_without_a_client_ssh_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(Unanswerable, match="openssh-client"):
        asyncio.run(ssh.methods("127.0.0.1", 22))


API = api_of({"/items": {"get": {"responses": {}}}})


@pytest.mark.parametrize(
    ("control", "headers", "outcome", "said"),
    [
        ("infra.patching", [("server", "nginx/1.2.3")], Outcome.ATTEST, "nginx/1.2.3"),
        ("infra.patching", [], Outcome.ATTEST, "How fast"),
        ("infra.logging", [], Outcome.ATTEST, "/ostiary-shall-be-in-your-log"),
        ("infra.object-storage-encrypted", [("x-amz-request-id", "1"), ("x-amz-server-side-encryption", "aws:kms")], Outcome.PASS, "aws:kms"),
        ("infra.object-storage-encrypted", [("x-amz-request-id", "1")], Outcome.ATTEST, "do not say"),
        ("infra.object-storage-encrypted", [], Outcome.ATTEST, "Is object storage"),
    ],
)  # fmt: skip
def test_hints_go_with_the_question(control: str, headers: list[tuple[str, str]], outcome: Outcome, said: str) -> None:
    finding = audited(control, replying(lambda _: (200, headers, b"{}")), API)
    assert (finding.outcome, said in finding.why) == (outcome, True), finding.why


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [(401, "", "shut to strangers"), (200, "# HELP requests", "shows metrics to anybody"), (404, "", "No metrics")],
)
def test_metrics_are_there_and_shut_or_not(status: int, text: str, said: str) -> None:
    def answering(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        return (status, [], text.encode()) if asked.target == "/metrics" else (404, [], b"")

    finding = audited("infra.monitoring", replying(answering), API)
    assert finding.outcome is Outcome.ATTEST
    assert said in finding.why


def test_answers_of_one_store_are_not_taken_for_anothers() -> None:
    quiet = Store("x", 1, b"", (b"yes",), (b"no",))
    assert [services.opens(quiet, each) for each in (b"yes", b"no", b"?")] == [True, False, None]
