"""What runs and who listens, by a /proc of our own making and by the real one."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from ostiary.audit.gather.machines import proc
from ostiary.errors import Unanswerable

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def line(address: str, port: int, inode: int, state: str = "0A", uid: int = 0) -> str:
    return f"   0: {address}:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 {uid:5} 0 {inode} 1 0 100 0\n"


def made(folder: Path, *, tcp: str = "", tcp6: str = "", udp: str = "") -> Path:
    (folder / "net").mkdir(parents=True)
    for name, text in (("tcp", tcp), ("tcp6", tcp6), ("udp", udp)):
        (folder / "net" / name).write_text(HEAD + text, encoding="ascii")
    return folder


def process(
    folder: Path, pid: int, name: str, argv: str, *, inodes: tuple[int, ...] = (), environ: bytes = b""
) -> None:
    own = folder / str(pid)
    (own / "fd").mkdir(parents=True)
    (own / "comm").write_text(name + "\n", encoding="utf-8")
    (own / "cmdline").write_bytes(argv.replace(" ", "\0").encode() + b"\0")
    (own / "environ").write_bytes(environ)
    for at, inode in enumerate(inodes):
        (own / "fd" / str(at)).symlink_to(f"socket:[{inode}]")


def test_ports_have_their_owner_and_their_address(tmp_path: Path) -> None:
    made(
        tmp_path,
        tcp=line("0100007F", 5432, 11) + line("00000000", 6379, 12) + line("0100007F", 9000, 13, state="01"),
        tcp6=line("00000000000000000000000000000000", 443, 14) + line("00000000000000000000000001000000", 22, 15)
        + line("0000000000000000FFFF00000100007F", 8080, 16),
        udp=line("00000000", 161, 17, state="07") + line("00000000", 45_000, 18, state="07"),
    )  # fmt: skip
    process(tmp_path, 1, "postgres", "postgres -D /data", inodes=(11,))
    process(tmp_path, 2, "nginx", "nginx: master", inodes=(14,))
    process(tmp_path, 3, "nginx", "nginx: worker", inodes=(14,))
    found = proc.listening(proc.look(tmp_path), tmp_path)
    assert [(each.port, each.protocol, each.address, each.process, each.public) for each in found] == [
        (22, "tcp", "::1", "", False),
        (161, "udp", "0.0.0.0", "", True),
        (443, "tcp", "::", "nginx", True),
        (5432, "tcp", "127.0.0.1", "postgres", False),
        (6379, "tcp", "0.0.0.0", "", True),
        (8080, "tcp", "::ffff:127.0.0.1", "", False),
    ]
    assert found[2].pids == (2, 3)


def test_values_of_variables_are_not_kept_but_of_switches(tmp_path: Path) -> None:
    made(tmp_path)
    secret = b"DATABASE_URL=postgres://app:s3cret@db\0DEBUG=1\0API_KEY=abc\0NOISE"
    process(tmp_path, 7, "app", "python app.py --password='hunter2hunter2'", environ=secret)
    [found] = proc.look(tmp_path).processes
    assert dict(found.environment or {}) == {"DATABASE_URL": "", "DEBUG": "1", "API_KEY": "", "NOISE": ""}
    assert "hunter2hunter2" not in repr(found)


def test_what_may_not_be_read_is_said(tmp_path: Path) -> None:
    made(tmp_path)
    process(tmp_path, 9, "other", "other", environ=b"DEBUG=1")
    (tmp_path / "9" / "environ").unlink()
    [found] = proc.look(tmp_path).processes
    assert found.environment is None


def test_no_proc_is_unanswerable(tmp_path: Path) -> None:
    with pytest.raises(Unanswerable, match="not Linux"):
        proc.look(tmp_path)
    process(tmp_path, 1, "init", "init")
    with pytest.raises(Unanswerable, match="sockets cannot be read"):
        proc.listening(proc.look(tmp_path), tmp_path)


def test_hostile_entries_are_survived(tmp_path: Path) -> None:
    made(tmp_path, tcp="\n\x00 :: nonsense\n" + "x" * 100_000 + "\n")
    process(tmp_path, 5, "a\x1b[2Jb", "sh \x1b]0;title\x07", environ=b"=\0\0A\xff=\xfe\0" + b"B=" + b"x" * 100_000)
    (tmp_path / "6").mkdir()
    seen = proc.look(tmp_path)
    assert "\x1b" not in repr(seen.processes)
    assert proc.listening(seen, tmp_path) == []


def test_our_own_socket_is_found_on_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        found = {each.port: each for each in proc.listening(proc.look())}
    assert os.getpid() in found[port].pids
    assert not found[port].public


@pytest.mark.parametrize(("path", "kind"), [(".dockerenv", "Docker"), ("run/.containerenv", "Podman"), ("else", "")])
def test_containers_are_recognised(path: str, kind: str, tmp_path: Path) -> None:
    place = tmp_path / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch()
    assert proc.container(tmp_path) == kind
