"""An engine is believed after it proved itself; what it does not answer is no answer."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ostiary.audit.answering import answered
from ostiary.audit.gather import clamd
from ostiary.audit.gather.clamd import _EICAR, Clamd, engine
from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.readers import Settings
from ostiary.audit.gather.trees.tree import Tree
from ostiary.controls.ci.av_scan.source import audit_source
from ostiary.errors import ConfigError, Unanswerable
from ostiary.model import Outcome

Judge = Callable[[bytes], bytes]


def knows_eicar(data: bytes) -> bytes:
    return b"stream: Eicar-Test FOUND" if _EICAR.encode() in data else b"stream: OK"


@contextlib.contextmanager
def serving(judge: Judge, version: bytes) -> Iterator[str]:
    """Speaks clamd's protocol on a port of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError, OSError):
                link, _ = listener.accept()
                with link:
                    link.settimeout(5)
                    link.sendall(_replied(link, judge, version) + b"\0")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"tcp:127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        thread.join()
        listener.close()


def _replied(link: socket.socket, judge: Judge, version: bytes) -> bytes:
    stream = link.makefile("rb")
    with stream:
        command = b""
        while not command.endswith(b"\0"):
            command += stream.read(1)
        if command == b"zVERSION\0":
            return version
        data = b""
        while size := struct.unpack("!I", stream.read(4))[0]:
            data += stream.read(size)
        return judge(data)


def version(age: dt.timedelta = dt.timedelta()) -> bytes:
    date = dt.datetime.now(dt.UTC) - age
    return f"ClamAV 1.4.6/27123/{date:%a %b %e %H:%M:%S %Y}".encode()


def test_an_engine_that_proves_itself_tells_its_date() -> None:
    with serving(knows_eicar, version()) as address:
        found = engine(address)
        assert found.name == "ClamAV 1.4.6"
        assert dt.datetime.now(dt.UTC) - found.signatures < dt.timedelta(minutes=5)
        assert [each.path for each in found.scan([("a", b"x"), ("b", _EICAR.encode()), ("c", b"")])] == ["b"]


@pytest.mark.parametrize(
    ("judge", "why"),
    [
        (lambda _: b"stream: OK", "EICAR"),
        (lambda _: b"stream: Everything FOUND", "everything malware"),
        (lambda _: b"UNKNOWN COMMAND", "answered"),
        (lambda _: b"", "answered"),
    ],
    ids=["blind", "frightened", "lost", "silent"],
)
def test_one_that_does_not_is_none(judge: Judge, why: str) -> None:
    with serving(judge, version()) as address, pytest.raises(Unanswerable, match=why):
        Clamd(address)


def test_one_that_looks_into_no_archive_is_none() -> None:
    """Small files are shown in archives: an engine that does not open them would find nothing in any."""

    def judge(data: bytes) -> bytes:
        return b"stream: Eicar-Test FOUND" if data == _EICAR.encode() else b"stream: OK"

    with serving(judge, version()) as address, pytest.raises(Unanswerable, match="EICAR"):
        Clamd(address)


def test_another_server_is_no_engine() -> None:
    with serving(knows_eicar, b"220 mail.example.net ESMTP") as address, pytest.raises(Unanswerable, match="no clamd"):
        Clamd(address)


def test_no_engine_is_unknown_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(clamd, "USUAL", ("unix:/nowhere/clamd.sock",))
    (tmp_path / "a.py").write_text("x = 1\n")
    finding = asyncio.run(answered(audit_source, Tree("it", Folder(tmp_path))))
    assert finding.outcome is Outcome.UNKNOWN
    assert "no malware engine runs here" in finding.why
    assert "clamav-daemon" in finding.why


@pytest.mark.parametrize("address", ["clamd", "unix:", "tcp:host", "tcp:host:port", "http://x"])
def test_an_address_that_is_none_is_said(address: str) -> None:
    with pytest.raises(ConfigError):
        engine(address)


@pytest.mark.parametrize(
    ("age", "outcome"),
    [(dt.timedelta(hours=3), Outcome.PASS), (dt.timedelta(days=8), Outcome.UNKNOWN)],
    ids=["fresh", "old"],
)
def test_clean_files_pass_with_signatures_of_this_week_alone(
    age: dt.timedelta, outcome: Outcome, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    with serving(knows_eicar, version(age)) as address:
        tree = Tree("it", Folder(tmp_path), settings=Settings(clamd=address))
        finding = asyncio.run(answered(audit_source, tree))
    assert finding.outcome is outcome, finding.why
    assert ("8 days old" in finding.why) == (outcome is Outcome.UNKNOWN)


def test_malware_is_malware_with_old_signatures_too(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_text(_EICAR)
    with serving(knows_eicar, version(dt.timedelta(days=400))) as address:
        finding = asyncio.run(answered(audit_source, Tree("it", Folder(tmp_path), settings=Settings(clamd=address))))
    assert (finding.outcome, finding.places) == (Outcome.FAIL, ("a.bin",))


def test_a_file_that_cannot_be_read_whole_is_no_clean_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ostiary.audit.gather.trees.tree.MOST_WHOLE", 10)
    (tmp_path / "a.bin").write_bytes(b"x" * 20)
    (tmp_path / "b.txt").write_text("x")
    with serving(knows_eicar, version()) as address:
        finding = asyncio.run(answered(audit_source, Tree("it", Folder(tmp_path), settings=Settings(clamd=address))))
    assert finding.outcome is Outcome.UNKNOWN
    assert "a.bin" in finding.why
