"""Programs that run, and the libraries in them, are read by their headers; memory by what is mapped."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ostiary.evidence.machine import Process
from ostiary.evidence.machine_facts import Binaries
from ostiary.parts import elf
from ostiary.parts.printable import on_one_line

_MOST: Final = 20_000  # files
_MOST_BYTES: Final = 16 * 1024 * 1024  # of one process' list of what is mapped
_AT_ONCE: Final = 4096  # bytes: most tables stand in the first page
_LINE: Final = re.compile(r"([0-9a-f]+)-[0-9a-f]+ ([-rwxsp]{4}) [0-9a-f]+ ([0-9a-f]+:[0-9a-f]+) (\d+)\s*(.*)")


@dataclass(slots=True)
class _Mapped:
    """What processes have in memory: files of code by device and inode, and memory that may be written and run."""

    files: dict[tuple[str, str], tuple[Path, str]] = field(default_factory=dict)
    stacks: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    unread: int = 0

    def add(self, process: Process, folder: Path) -> None:
        try:
            with (folder / "maps").open("rb") as file:
                text = file.read(_MOST_BYTES).decode("utf-8", "replace")
        except PermissionError:
            self.unread += 1
            return
        except OSError:
            return  # it has ended
        for line in text.splitlines():
            found = _LINE.fullmatch(line)
            if found is None or "x" not in found[2]:
                continue
            what = found[5]
            if "w" in found[2]:
                (self.stacks if what.startswith("[stack") else self.mixed).append(f"{process.name} ({process.pid})")
            if what.startswith("/") and len(self.files) < _MOST:
                self.files.setdefault((found[3], found[4]), (folder / "root" / what.lstrip("/"), what))


def binaries(processes: Iterable[Process], proc: Path = Path("/proc")) -> Binaries:
    """Look at every process once, and at every file that is mapped as code once."""
    mapped = _Mapped()
    for process in processes:
        mapped.add(process, proc / str(process.pid))
    headers = {name: of_file(place) for place, name in mapped.files.values()}
    read = {on_one_line(name): each for name, each in headers.items() if each is not None}
    return Binaries(
        read=len(read),
        executable=tuple(sorted(name for name, each in read.items() if each.stack)),
        silent=tuple(sorted(name for name, each in read.items() if each.stack is None)),
        stacks=tuple(dict.fromkeys(mapped.stacks)),
        mixed=tuple(dict.fromkeys(mapped.mixed)),
        unread=mapped.unread,
        machine=next((each.machine for each in read.values()), ""),
    )


def of_file(path: Path | str) -> elf.Elf | None:
    """A file's headers; None: it is no program and no library, or cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        head = os.pread(handle, _AT_ONCE, 0)
        where = elf.table(head[: elf.HEAD])
        if where is None:
            return None
        if where.offset + where.size <= len(head):
            return elf.elf(where, head[where.offset : where.offset + where.size])
        return elf.elf(where, os.pread(handle, where.size, where.offset))
    except (OSError, OverflowError):
        return None
    finally:
        os.close(handle)
