"""Which operating system this is, by its own word, and until when it is supported, by Debian's tables or by ours."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.machine_facts import Release
from ostiary.parts.printable import on_one_line

_MOST: Final = 64 * 1024
_TABLES: Final = "usr/share/distro-info"
_FREE: Final = {
    "debian": "eol-lts"
}  # columns of what follows usual support, for everybody; Ubuntu's is by subscription
_LINE: Final = re.compile(r"""^([A-Z_]+)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\n]*))$""", re.MULTILINE)
# End of usual support, and of free security updates after it, as published by each project (looked up in 2026).
_KNOWN: Final = {
    ("debian", "9"): ("2020-07-18", "2022-06-30"), ("debian", "10"): ("2022-09-10", "2024-06-30"),
    ("debian", "11"): ("2024-08-14", "2026-08-31"), ("debian", "12"): ("2026-07-11", "2028-06-30"),
    ("debian", "13"): ("2028-08-09", "2030-06-30"),
    ("ubuntu", "16.04"): ("2021-04-30", ""), ("ubuntu", "18.04"): ("2023-05-31", ""), ("ubuntu", "20.04"): ("2025-05-29", ""),
    ("ubuntu", "22.04"): ("2027-06-01", ""), ("ubuntu", "24.04"): ("2029-05-31", ""),
    ("ubuntu", "26.04"): ("2031-05-29", ""),
    ("alpine", "3.16"): ("2024-05-23", ""), ("alpine", "3.17"): ("2024-11-22", ""), ("alpine", "3.18"): ("2025-05-09", ""),
    ("alpine", "3.19"): ("2025-11-01", ""), ("alpine", "3.20"): ("2026-04-01", ""), ("alpine", "3.21"): ("2026-11-01", ""),
    ("alpine", "3.22"): ("2027-05-01", ""),
    ("centos", "6"): ("2020-11-30", ""), ("centos", "7"): ("2024-06-30", ""), ("centos", "8"): ("2021-12-31", ""),
    ("rhel", "7"): ("2024-06-30", ""), ("rhel", "8"): ("2029-05-31", ""), ("rhel", "9"): ("2032-05-31", ""),
    ("rocky", "8"): ("2029-05-31", ""), ("rocky", "9"): ("2032-05-31", ""), ("almalinux", "8"): ("2029-03-01", ""),
    ("almalinux", "9"): ("2032-05-31", ""), ("amzn", "2"): ("2026-06-30", ""), ("amzn", "2023"): ("2029-06-30", ""),
    ("fedora", "40"): ("2025-05-13", ""), ("fedora", "41"): ("2025-12-15", ""), ("fedora", "42"): ("2026-05-13", ""),
}  # fmt: skip


def release(root: Path = Path("/")) -> Release:
    """The release and its last days, as far as anybody here knows them.

    :raises Unanswerable: when the system does not say what it is.
    """
    text = _text(root / "etc/os-release") or _text(root / "usr/lib/os-release")
    words = {found[1]: found[2] or found[3] or found[4] or "" for found in _LINE.finditer(text)}
    kind, version = words.get("ID", "").lower(), words.get("VERSION_ID", "")
    if not kind:
        raise Unanswerable("the operating system does not say which it is (/etc/os-release)")
    name = on_one_line(words.get("PRETTY_NAME") or f"{kind} {version}")[:100]
    listed = _listed(root, kind, version)
    if listed is not None:
        return Release(name=name, ends=listed[0], extended=listed[1], source=f"{_TABLES}/{kind}.csv")
    short = version if (kind, version) in _KNOWN else version.partition(".")[0]
    if kind == "alpine":
        short = ".".join(version.split(".")[:2])
    known = _KNOWN.get((kind, short))
    if known is None:
        return Release(name=name)
    return Release(name=name, ends=_day(known[0]), extended=_day(known[1]), source="this program's own table")


def _listed(root: Path, kind: str, version: str) -> tuple[dt.date, dt.date | None] | None:
    """What the system's own table of releases says (the package distro-info-data)."""
    for row in csv.DictReader(io.StringIO(_text(root / _TABLES / f"{kind}.csv")), strict=False):
        if (row.get("version") or "").removesuffix(" LTS") == version:
            ends = _day(row.get("eol-server") or row.get("eol") or "")
            return (ends, _day(row.get(_FREE.get(kind, ""), "") or "")) if ends is not None else None
    return None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
