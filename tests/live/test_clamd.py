"""A real clamd with signatures of our own: malware is named wherever it hides, and what it does not know is said."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ostiary.audit.answering import answered
from ostiary.audit.gather.clamd import _EICAR, Clamd
from ostiary.audit.gather.trees.archive import Zip
from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.readers import Settings
from ostiary.audit.gather.trees.tree import Tree
from ostiary.controls.ci.av_scan.source import audit_source
from ostiary.errors import Unanswerable
from ostiary.model import Finding, Outcome

PLANTED = b"ostiary-planted-sample-7c1f"
START = 30.0  # seconds that it may take to answer

pytestmark = pytest.mark.live


@contextlib.contextmanager
def clamd(signatures: dict[str, str], *, tcp: int = 0) -> Iterator[str]:
    program = shutil.which("clamd")
    if program is None:
        pytest.skip("clamd is not installed (apt-get install clamav-daemon)")
    with tempfile.TemporaryDirectory(prefix="clamd-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)  # it gives up its rights
        (folder / "db").mkdir(mode=0o755)
        for file, text in signatures.items():
            (folder / "db" / file).write_text(text)
        listen = f"TCPSocket {tcp}\nTCPAddr 127.0.0.1\n" if tcp else f"LocalSocket {folder}/socket\n"
        lines = f"{listen}DatabaseDirectory {folder}/db\nForeground yes\nStreamMaxLength 1M\nUser {_user()}\n"
        (folder / "clamd.conf").write_text(lines)
        process = subprocess.Popen([program, "--config-file", str(folder / "clamd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        try:
            yield f"tcp:127.0.0.1:{tcp}" if tcp else _ready(process, folder / "socket")
        finally:
            process.terminate()
            process.wait(timeout=20)


def _user() -> str:
    import getpass  # noqa: PLC0415 - for this alone

    return getpass.getuser()


def _ready(process: subprocess.Popen[bytes], socket: Path) -> str:
    until = time.monotonic() + START
    while not socket.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    return f"unix:{socket}"


def own() -> dict[str, str]:
    eicar = _EICAR.encode()
    return {
        "own.hdb": f"{hashlib.md5(eicar).hexdigest()}:{len(eicar)}:Eicar-Test\n",
        "own.ndb": f"Own.Planted:0:*:{PLANTED.hex()}\n",
    }


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with clamd(own()) as where:
        yield where


def packed(data: bytes) -> dict[str, bytes]:
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside/x.bin", data)
    with tarfile.open(fileobj=tarred, mode="w:gz") as tar:
        member = tarfile.TarInfo("x.bin")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return {"plain.txt": data, "a.zip": zipped.getvalue(), "a.tar.gz": tarred.getvalue()}


def test_malware_is_named_alone_among_many_and_inside_archives(address: str) -> None:
    engine = Clamd(address)
    bad = packed(b"some text " + PLANTED)
    files = [(f"src/{number}.py", b"print(%d)\n" % number) for number in range(300)]
    files += list(bad.items())
    found = engine.scan(files)
    assert {each.path for each in found} == set(bad)
    assert {each.signature for each in found} == {"Own.Planted.UNOFFICIAL"}
    assert engine.name.startswith("ClamAV ")
    assert engine.skipped == []


def test_its_sound_twin_is_not(address: str) -> None:
    engine = Clamd(address)
    assert engine.scan(packed(b"some text " + PLANTED[:-1]).items()) == []


def test_what_is_larger_than_it_takes_is_said(address: str) -> None:
    engine = Clamd(address)
    found = engine.scan(
        [("large.bin", b"\0" * 3_000_000), ("x", PLANTED), *[(f"{n}.txt", b"x" * 200_000) for n in range(12)]]
    )
    assert [each.path for each in found] == ["x"]
    assert engine.skipped == ["large.bin is larger than what clamd takes (StreamMaxLength)"]


def test_signatures_without_a_date_are_said_to_have_none(address: str) -> None:
    with pytest.raises(Unanswerable, match="how old its signatures are"):
        _ = Clamd(address).signatures


def test_signatures_that_lack_eicar_are_not_believed() -> None:
    with clamd({"own.ndb": f"Own.Planted:0:*:{PLANTED.hex()}\n"}) as where, pytest.raises(Unanswerable, match="EICAR"):
        Clamd(where)


def test_an_empty_database_is_no_engine() -> None:
    """It does not even start."""
    with clamd({}) as where, pytest.raises(Unanswerable, match="does not answer"):
        Clamd(where)


def audit(root: Path, address: str) -> Finding:
    tree = Tree("it", Folder(root), root=root, settings=Settings(clamd=address))
    return asyncio.run(answered(audit_source, tree))


def test_a_tree_with_malware_fails_and_its_twin_is_unknown_for_want_of_a_date(address: str, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/tool").write_bytes(b"\x7fELF" + PLANTED)
    finding = audit(tmp_path, address)
    assert finding.outcome is Outcome.FAIL
    assert finding.places == ("bin/tool",)
    (tmp_path / "bin/tool").write_bytes(b"\x7fELF")
    finding = audit(tmp_path, address)
    assert finding.outcome is Outcome.UNKNOWN
    assert "how old" in finding.why


def test_the_harmless_test_file_among_tests_is_no_malware(address: str, tmp_path: Path) -> None:
    for folder, outcome in (("tests", Outcome.UNKNOWN), ("static", Outcome.FAIL)):
        root = tmp_path / f"of-{folder}"
        (root / folder).mkdir(parents=True)
        (root / folder / "eicar.com").write_text(_EICAR)
        assert audit(root, address).outcome is outcome


def test_a_wheel_is_looked_into(address: str, tmp_path: Path) -> None:
    path = tmp_path / "kit-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("kit/native.so", PLANTED)
        archive.writestr("kit-1.0.dist-info/METADATA", "Name: kit\nVersion: 1.0\n")
    with contextlib.closing(Tree("kit", Zip(path, "wheel"), settings=Settings(clamd=address))) as tree:
        finding = asyncio.run(answered(audit_source, tree))
    assert (finding.outcome, finding.places) == (Outcome.FAIL, ("kit/native.so",))
