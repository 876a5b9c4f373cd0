"""Until when releases are supported, those of systems and of what official images are built of; by name, tag or codename.

Source: each project's published life cycle; Debian's and Ubuntu's as in the package distro-info-data of 2025-10, with
Debian's long-term support counted in, which is free for everybody. An image of an ended release is not rebuilt any more.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

_DEBIAN: Final = {
    "7": "2018-05-31",
    "8": "2020-06-30",
    "9": "2022-06-30",
    "10": "2024-06-30",
    "11": "2026-08-31",
    "12": "2028-06-30",
    "13": "2030-06-30",
}
_CODENAMES: Final = {
    "wheezy": "7",
    "jessie": "8",
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
}
_UBUNTU: Final = {
    "12.04": "2017-04-28",
    "14.04": "2019-04-25",
    "16.04": "2021-04-30",
    "18.04": "2023-05-31",
    "19.10": "2020-07-17",
    "20.04": "2025-05-29",
    "20.10": "2021-07-22",
    "21.04": "2022-01-20",
    "21.10": "2022-07-14",
    "22.04": "2027-06-01",
    "22.10": "2023-07-20",
    "23.04": "2024-01-25",
    "23.10": "2024-07-11",
    "24.04": "2029-05-31",
    "24.10": "2025-07-10",
    "25.04": "2026-01-15",
    "25.10": "2026-07-09",
    "26.04": "2031-05-29",
}
_UBUNTU_NAMES: Final = {
    "trusty": "14.04",
    "xenial": "16.04",
    "bionic": "18.04",
    "focal": "20.04",
    "jammy": "22.04",
    "noble": "24.04",
    "resolute": "26.04",
}
_ALPINE: Final = {
    "3.8": "2020-05-01",
    "3.9": "2020-11-01",
    "3.10": "2021-05-01",
    "3.11": "2021-11-01",
    "3.12": "2022-05-01",
    "3.13": "2022-11-01",
    "3.14": "2023-05-01",
    "3.15": "2023-11-01",
    "3.16": "2024-05-23",
    "3.17": "2024-11-22",
    "3.18": "2025-05-09",
    "3.19": "2025-11-01",
    "3.20": "2026-04-01",
    "3.21": "2026-11-01",
    "3.22": "2027-05-01",
}
_CENTOS: Final = {"5": "2017-03-31", "6": "2020-11-30", "7": "2024-06-30", "8": "2021-12-31"}
_RUNTIMES: Final = {
    "python": {"2": "2020-01-01", "2.7": "2020-01-01", "3.5": "2020-09-30", "3.6": "2021-12-23", "3.7": "2023-06-27", "3.8": "2024-10-07", "3.9": "2025-10-31",
               "3.10": "2026-10-31", "3.11": "2027-10-31", "3.12": "2028-10-31", "3.13": "2029-10-31"},
    "node": {"8": "2019-12-31", "10": "2021-04-30", "11": "2019-06-01", "12": "2022-04-30", "13": "2020-06-01", "14": "2023-04-30", "15": "2021-06-01",
             "16": "2023-09-11", "17": "2022-06-01", "18": "2025-04-30", "19": "2023-06-01", "20": "2026-04-30", "21": "2024-06-01", "22": "2027-04-30",
             "23": "2025-06-01", "24": "2028-04-30"},
    "php": {"5": "2018-12-31", "7.0": "2019-01-10", "7.1": "2019-12-01", "7.2": "2020-11-30", "7.3": "2021-12-06", "7.4": "2022-11-28", "8.0": "2023-11-26",
            "8.1": "2025-12-31", "8.2": "2026-12-31", "8.3": "2027-12-31", "8.4": "2028-12-31"},
    "ruby": {"2.5": "2021-03-31", "2.6": "2022-03-31", "2.7": "2023-03-31", "3.0": "2024-04-23", "3.1": "2025-03-26", "3.2": "2026-03-31"},
    "openjdk": {"": "2022-07-31"},
}  # fmt: skip
_NAMED: Final = {"debian": _DEBIAN, "ubuntu": _UBUNTU, "alpine": _ALPINE, "centos": _CENTOS, **_RUNTIMES}
_VERSION: Final = re.compile(r"(\d+)(?:\.(\d+))?(?:\.\d+)*")
_IN_TAG: Final = re.compile(r"alpine(\d+\.\d+)")


@dataclass(frozen=True, slots=True)
class End:
    """The last day of a release's support."""

    name: str  # "Debian 10", "python 3.7"
    day: dt.date

    @property
    def system(self) -> bool:
        """Whether it is an operating system, rather than a language on one."""
        return self.name.partition(" ")[0] not in _RUNTIMES


def of_system(kind: str, version: str) -> End | None:
    """The end of a system's release, by the words of ``/etc/os-release``; None: not known here."""
    return _end(kind, version)


def of_image(name: str, tag: str) -> End | None:
    """The earliest end of what an official image's tag says that it is built of; None: nothing is known of it."""
    short = name.removeprefix("docker.io/").removeprefix("library/")
    parts = tag.lower().split("-")
    ends = [_end(short, parts[0])] if short in _NAMED else []
    if short in _NAMED or short in {"golang", "rust", "postgres", "nginx", "httpd", "redis", "perl", "buildpack-deps"}:
        for each in parts:
            ends.append(_end("debian", _CODENAMES[each]) if each in _CODENAMES else None)
            ends.append(_end("ubuntu", _UBUNTU_NAMES[each]) if each in _UBUNTU_NAMES else None)
            inside = _IN_TAG.fullmatch(each)
            ends.append(_end("alpine", inside[1]) if inside else None)
    return min((each for each in ends if each is not None), key=lambda each: each.day, default=None)


def _end(kind: str, version: str) -> End | None:
    table = _NAMED.get(kind, {})
    match = _VERSION.match(version)
    spelt = [""] if match is None else [f"{match[1]}.{match[2]}", match[1], ""] if match[2] else [match[1], ""]
    for each in spelt:
        if each in table:
            return End(f"{kind} {each}".strip(), dt.date.fromisoformat(table[each]))
    return None
