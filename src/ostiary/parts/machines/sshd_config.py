"""Which callers an sshd treats apart: its ``Match`` lines, each as one caller whom ``sshd -T -C`` can be asked about."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

_LINE: Final = re.compile(r"\s*([A-Za-z]+)(?:\s+|\s*=\s*)(.*?)\s*")
_WORD: Final = re.compile(r'"([^"]*)"|([^\s"]+)')
_SAID_OF: Final = {"user": "user", "host": "host", "address": "addr", "localaddress": "laddr", "localport": "lport", "rdomain": "rdomain"}  # fmt: skip
# Whom nobody means; all words have to be there, because sshd refuses to guess any that a Match line asks about.
_STRANGER: Final = {
    "user": "nobody-in-particular", "host": "host.invalid", "addr": "192.0.2.1", "laddr": "192.0.2.2", "lport": "22",
}  # fmt: skip
STRANGER: Final = ",".join(f"{name}={each}" for name, each in _STRANGER.items())
MOST_BLOCKS: Final = 60
_MOST_LINES: Final = 20_000
_MOST_FILES: Final = 200


class Caller(NamedTuple):
    """A ``Match`` line and one caller whom it is for; ``problem`` says why none can be made up."""

    match: str  # "Match User deploy"
    said: str  # "user=deploy,host=localhost,addr=127.0.0.1"
    where: str  # "/etc/ssh/sshd_config:12"
    problem: str = ""


def includes(text: str) -> Iterator[str]:
    """Patterns of files that a configuration includes."""
    for _, name, value in _lines(text):
        if name == "include":
            yield from (quoted or plain for quoted, plain in _WORD.findall(value))


def callers(
    path: str, read: Callable[[str], str], matching: Callable[[str], list[str]], member: Callable[[str], str]
) -> list[Caller]:
    """One caller for each ``Match`` line of a configuration and of what it includes.

    :param read: gives a file's text.
    :param matching: gives the paths that a pattern stands for.
    :param member: gives the name of somebody in a group; empty: there is nobody.
    """
    found: list[Caller] = []
    for file in _files(path, read, matching):
        for number, name, value in _lines(read(file)):
            if name == "match" and len(found) < MOST_BLOCKS:
                said, problem = _caller(value, member)
                found.append(Caller(f"Match {value}"[:120], said, f"{file}:{number}", problem))
    return found


def _files(path: str, read: Callable[[str], str], matching: Callable[[str], list[str]]) -> list[str]:
    """A configuration and what it includes, each once."""
    found = [path]
    for each in found:  # it grows as it is walked
        for pattern in includes(read(each)):
            for place in matching(pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}"):
                if place not in found and len(found) < _MOST_FILES:
                    found.append(place)
    return found


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.splitlines()[:_MOST_LINES], 1):
        found = _LINE.fullmatch(line[:2_000])
        if found is not None:
            yield number, found[1].lower(), found[2]


def _caller(value: str, member: Callable[[str], str]) -> tuple[str, str]:
    words = [quoted or plain for quoted, plain in _WORD.findall(value)]
    said = dict(_STRANGER)
    at = 0
    while at < len(words):
        kind = words[at].lower()
        if kind == "all":
            at += 1
            continue
        pattern = _one(words[at + 1]) if at + 1 < len(words) else ""
        if kind == "group":
            said["user"] = member(pattern) if pattern else ""
            if not said["user"]:
                return "", f"nobody is known to be in the group {pattern or words[at + 1]}" if at + 1 < len(
                    words
                ) else ""
        elif kind in _SAID_OF and pattern:
            said[_SAID_OF[kind]] = _address(pattern) if kind.endswith("address") else pattern
        else:
            return "", f"no caller can be made up for it ({kind})"
        at += 2
    return ",".join(f"{name}={each}" for name, each in said.items()), ""


def _one(patterns: str) -> str:
    """One text that fits a list of patterns: the first that is no exception, with its stars taken out."""
    for each in patterns.split(","):
        if each and not each.startswith("!"):
            return (
                each
                if "/" in each
                else (each.replace("*", "1" if re.fullmatch(r"[\d.*?]+", each) else "x").replace("?", "1"))
            )
    return ""


def _address(pattern: str) -> str:
    try:
        network = ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        while re.fullmatch(r"[\d.]+", pattern) and pattern.count(".") < 3:  # noqa: PLR2004 - "10.*" stands for four numbers
            pattern += ".1"
        return pattern
    return str(next(network.hosts(), network.network_address))
