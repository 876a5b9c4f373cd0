"""What runs and who listens, as ``/proc`` tells it: no program is started for it, and what may not be read is counted."""

from __future__ import annotations

import functools
import os
import pwd
import re
import socket
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.machine import Listening, Process
from ostiary.parts.masking import masked
from ostiary.parts.printable import on_one_line

_LISTEN, _BOUND = "0A", "07"  # states of TCP, and of UDP without a peer
_MOST: Final = 20_000  # processes
_MOST_FILES: Final = 4_096  # open files of one process
_MOST_BYTES: Final = 1024 * 1024
_SOCKET: Final = re.compile(r"socket:\[(\d+)\]")
_SHOWN: Final = 300  # characters of a command line
_EPHEMERAL: Final = 32_768  # above, UDP ports are those of clients that wait for an answer
SWITCHES: Final = frozenset({  # names whose values are no secrets, and say whether something is for development
    "DEBUG", "APP_DEBUG", "FLASK_DEBUG", "FLASK_ENV", "DJANGO_DEBUG", "DJANGO_SETTINGS_MODULE", "NODE_ENV", "RAILS_ENV",
    "RACK_ENV", "APP_ENV", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "SPRING_PROFILES_ACTIVE", "WERKZEUG_DEBUG_PIN",
    "ENV", "ENVIRONMENT", "PYTHONASYNCIODEBUG", "GIN_MODE", "QUART_DEBUG", "QUART_ENV", "SYMFONY_DEBUG", "PHX_ENV", "MIX_ENV",
    "STARLETTE_DEBUG", "LITESTAR_DEBUG", "SANIC_DEBUG", "UVICORN_RELOAD", "WERKZEUG_RUN_MAIN", "WP_DEBUG", "YII_DEBUG",
})  # fmt: skip


@dataclass(slots=True)
class Seen:
    """One look at all processes: themselves, and which of them hold a socket."""

    processes: list[Process] = field(default_factory=list)
    holders: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))  # a socket's inode -> processes
    unseen: int = 0  # processes whose open files may not be listed


def look(proc: Path = Path("/proc")) -> Seen:
    """Every process that is not the kernel's own.

    :raises Unanswerable: where there is no such folder (not Linux).
    """
    seen = Seen()
    pids = sorted(int(each.name) for each in proc.glob("[0-9]*") if each.name.isdigit())
    if not pids:
        raise Unanswerable("there is no /proc here: what runs cannot be listed (this is not Linux)")
    for pid in pids[:_MOST]:
        found = _process(proc, pid)
        if found is None:
            continue
        seen.processes.append(found)
        try:
            for inode in _sockets(proc / str(pid) / "fd"):
                seen.holders[inode].append(pid)
        except PermissionError:
            seen.unseen += 1
        except OSError:
            continue  # it has ended
    return seen


def _process(proc: Path, pid: int) -> Process | None:
    folder = proc / str(pid)
    argv = tuple(_bytes(folder / "cmdline").decode("utf-8", "replace").rstrip("\0").split("\0"))
    name = _bytes(folder / "comm").decode("utf-8", "replace").strip()
    if not name or (argv == ("",) and not _runs(folder)):
        return None  # ended, or the kernel's
    try:
        environment: Mapping[str, str] | None = _environment(folder / "environ")
    except OSError:
        environment = None
    shown = tuple(masked(on_one_line(each))[:_SHOWN] for each in argv[:40])
    return Process(pid=pid, name=on_one_line(name), user=_user(folder), argv=shown, environment=environment)


def _runs(folder: Path) -> bool:
    try:
        return bool((folder / "exe").readlink())
    except OSError:
        return False


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError:
        return b""


def _environment(path: Path) -> Mapping[str, str]:
    """Names of variables, and values of switches alone."""
    with path.open("rb") as file:
        pairs = file.read(_MOST_BYTES).split(b"\0")
    found = {}
    for pair in pairs[:4_000]:
        name, _, value = pair.decode("utf-8", "replace").partition("=")
        if name:
            found[on_one_line(name)[:100]] = on_one_line(value)[:60] if name in SWITCHES else ""
    return found


def _sockets(folder: Path) -> Iterator[int]:
    with os.scandir(folder) as entries:
        for count, entry in enumerate(entries):
            if count >= _MOST_FILES:
                return
            try:
                found = _SOCKET.fullmatch(str(Path(entry).readlink()))
            except OSError:
                continue  # it was closed meanwhile
            if found is not None:
                yield int(found[1])


def _user(folder: Path) -> str:
    try:
        return _named(folder.stat().st_uid)
    except OSError:
        return ""


@functools.cache
def _named(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def listening(seen: Seen, proc: Path = Path("/proc")) -> list[Listening]:
    """Ports that somebody listens on, in this network namespace, by port.

    :raises Unanswerable: where the kernel's tables may not be read.
    """
    by_pid = {each.pid: each for each in seen.processes}
    found: dict[tuple[str, str, int], Listening] = {}
    read = 0
    for table, protocol, state in (
        ("tcp", "tcp", _LISTEN), ("tcp6", "tcp", _LISTEN), ("udp", "udp", _BOUND), ("udp6", "udp", _BOUND),
    ):  # fmt: skip
        try:
            lines = (proc / "net" / table).read_text("ascii", "replace").splitlines()[1:]
        except OSError:
            continue
        read += table.startswith("tcp")
        for line in lines:
            words = line.split()
            if len(words) < 10 or words[3] != state:  # noqa: PLR2004 - up to the inode
                continue
            address, port = _address(words[1])
            if not port or (protocol == "udp" and port >= _EPHEMERAL):
                continue
            pids = tuple(seen.holders.get(int(words[9]), ()))
            owner = by_pid.get(pids[0]) if pids else None
            found.setdefault(
                (protocol, address, port),
                Listening(
                    address=address,
                    port=port,
                    protocol=protocol,
                    process=owner.name if owner else "",
                    pid=pids[0] if pids else 0,
                    user=owner.user if owner else _named(int(words[7])),
                    pids=pids,
                ),
            )
    if not read:
        raise Unanswerable("the kernel's tables of sockets cannot be read (/proc/net/tcp)")
    return sorted(found.values(), key=lambda each: (each.port, each.protocol, each.address))


def _address(text: str) -> tuple[str, int]:
    """``0100007F:1F90``: each word of an address in the machine's own order, the port as one writes it."""
    digits, _, port = text.partition(":")
    data = bytes.fromhex(digits)
    packed = b"".join(struct.pack("=I", each) for each in struct.unpack(f">{len(data) // 4}I", data))
    family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6  # noqa: PLR2004 - bytes of IPv4
    return socket.inet_ntop(family, packed), int(port, 16)


def container(root: Path = Path("/")) -> str:
    """The kind of container that this is; empty: none is seen."""
    for mark, kind in ((".dockerenv", "Docker"), ("run/.containerenv", "Podman")):
        if (root / mark).exists():
            return kind
    said = _bytes(root / "run/systemd/container").decode("ascii", "replace").strip()
    if said:
        return on_one_line(said)[:40]
    own = _bytes(root / "proc/1/cgroup").decode("ascii", "replace")
    found = re.search(r"docker|kubepods|lxc|containerd|libpod", own)
    return "Kubernetes" if found and found[0] == "kubepods" else found[0] if found else ""
