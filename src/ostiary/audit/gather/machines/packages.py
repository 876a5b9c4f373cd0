"""Updates that wait on this machine: apt is asked to pretend, and what still runs of replaced files is read off the kernel."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.supply import Stale, Update, Updates
from ostiary.parts.supply.versions import order

SECONDS: Final = 60.0
_MOST: Final = 8 * 1024 * 1024  # bytes of what a program prints, and of a file
_MOST_PROCESSES: Final = 5000
_MOST_MAPS: Final = 4 * 1024 * 1024
_INSTALLED: Final = re.compile(r"Inst (?P<name>\S+)(?: \[(?P<old>[^\]]+)\])? \((?P<new>\S+) (?P<origin>[^)\[]*)")
_SECURITY: Final = re.compile(r"-security\b|Debian-Security:|UbuntuESM", re.IGNORECASE)
_ON: Final = re.compile(r'^(?P<name>APT::Periodic::(?:Unattended-Upgrade|Enable|Update-Package-Lists)) "(?P<value>[^"]*)";', re.MULTILINE)  # fmt: skip
_ENDED: Final = re.compile(r"Upgrade: [^\n]*\nEnd-Date: (\d{4}-\d\d-\d\d) {1,2}(\d\d:\d\d:\d\d)")
_MAPPED: Final = re.compile(r"^[0-9a-f]+-[0-9a-f]+ r.xp \S+ \S+ [1-9]\d* +(?P<path>/(?:usr|lib|lib64|opt|bin|sbin)/[^\n]*?) \(deleted\)$", re.MULTILINE)  # fmt: skip
_KERNEL: Final = re.compile(r"vmlinuz-(\d[\w.+~-]*)")


def updates(root: Path = Path("/"), *, apt: str = "apt-get") -> Updates:
    """What waits to be installed here.

    :param root: where files are read; tests give another.
    :param apt: the program.
    :raises Unanswerable: where there is no apt, or it does not answer.
    """
    stale, unseen = _stale(root / "proc")
    return Updates(
        pending=tuple(_pending(_simulated(apt), _held(root))),
        listed=_listed(root),
        upgraded=_upgraded(root),
        automatic=_automatic(root),
        reboot=any((root / each).exists() for each in ("run/reboot-required", "var/run/reboot-required")),
        kernels=tuple(_newer_kernels(root)),
        stale=tuple(stale),
        unseen=unseen,
    )


def _simulated(apt: str) -> str:
    """What an upgrade would do; nothing is changed, and no lock is taken."""
    program = shutil.which(apt)
    if program is None:
        raise Unanswerable("no apt-get here: only the updates of Debian, Ubuntu and their kin are known")
    words = [program, "-s", "-q", "--ignore-hold", "-o", "Debug::NoLocking=true", "-o", "APT::Get::Show-User-Simulation-Note=false", "dist-upgrade"]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, arguments of ours
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C", "LANG": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unanswerable(f"apt-get -s dist-upgrade: {type(error).__name__}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Unanswerable(f"apt-get -s dist-upgrade: {said[0][:200] if said else f'exit {done.returncode}'}")
    return done.stdout[:_MOST].decode("utf-8", "replace")


def _pending(text: str, held: frozenset[str]) -> Iterator[Update]:
    for line in text.split("\n"):
        match = _INSTALLED.match(line)
        if match is not None and match["old"]:
            yield Update(
                name=match["name"],
                installed=match["old"],
                candidate=match["new"],
                security=_SECURITY.search(match["origin"]) is not None,
                held=match["name"] in held,
            )


def _held(root: Path) -> frozenset[str]:
    text = _text(root / "var/lib/dpkg/status", most=64 * 1024 * 1024)
    return frozenset(re.findall(r"^Package: (\S+)\nStatus: hold ", text, re.MULTILINE))


def _listed(root: Path) -> dt.datetime | None:
    """When lists were fetched last: of all of them, since every one is looked at."""
    times = []
    with contextlib.suppress(OSError):
        times = [each.stat().st_mtime for each in (root / "var/lib/apt/lists").glob("*_InRelease")]
        times += [each.stat().st_mtime for each in (root / "var/lib/apt/lists").glob("*_Release")]
        stamp = root / "var/lib/apt/periodic/update-success-stamp"
        times += [stamp.stat().st_mtime] if stamp.exists() and times else []  # unchanged lists keep their servers' time
        cache = root / "var/lib/apt/lists/partial"
        times += [cache.stat().st_mtime] if cache.exists() and times else []
    return dt.datetime.fromtimestamp(max(times), dt.UTC) if times else None


def _upgraded(root: Path) -> dt.datetime | None:
    found = _ENDED.findall(_text(root / "var/log/apt/history.log"))
    return dt.datetime.fromisoformat(f"{found[-1][0]}T{found[-1][1]}").astimezone() if found else None


def _automatic(root: Path) -> bool:
    """Whether unattended-upgrades is installed and told to run."""
    if not any((root / each).exists() for each in ("usr/bin/unattended-upgrade", "usr/bin/unattended-upgrades")):
        return False
    said: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for path in sorted((root / "etc/apt/apt.conf.d").iterdir())[:200]:
            said |= {match["name"]: match["value"] for match in _ON.finditer(_text(path))}
    on = said.get("APT::Periodic::Unattended-Upgrade", "0") not in {"", "0"}
    return on and said.get("APT::Periodic::Enable", "1") != "0"


def _newer_kernels(root: Path) -> Iterator[str]:
    """Installed kernels that are newer than the one that runs; none where it is not one of them (a container's host)."""
    running = _text(root / "proc/sys/kernel/osrelease").strip()
    with contextlib.suppress(OSError, ValueError):
        installed = [match[1] for each in (root / "boot").iterdir() if (match := _KERNEL.fullmatch(each.name))]
        if running in installed:
            yield from (each for each in installed if order("Debian", each) > order("Debian", running))


def _stale(proc: Path) -> tuple[list[Stale], int]:
    found, unseen = [], 0
    for folder in _processes(proc):
        try:
            maps = _text(folder / "maps", most=_MOST_MAPS, strict=True)
        except PermissionError:
            unseen += 1
            continue
        except OSError:
            continue
        files = tuple(dict.fromkeys(match["path"] for match in _MAPPED.finditer(maps)))
        if files:
            found.append(Stale(process=_text(folder / "comm").strip()[:64], pid=int(folder.name), files=files[:8]))
    return found, unseen


def _processes(proc: Path) -> Iterable[Path]:
    try:
        return sorted((each for each in proc.iterdir() if each.name.isdigit()), key=lambda each: int(each.name))[:_MOST_PROCESSES]  # fmt: skip
    except OSError:
        return ()


def _text(path: Path, *, most: int = _MOST, strict: bool = False) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(most).decode("utf-8", "replace")
    except OSError:
        if strict:
            raise
        return ""
