"""HAProxy: sections and their lines; ``defaults`` hold for what follows them."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.deployment import Setting
from ostiary.parts.deployment.reading import MOST_SETTINGS, MOST_TEXT, Block, Include, Read, Unreadable, split

_SECTIONS: Final = frozenset(
    [
        "global",
        "defaults",
        "frontend",
        "backend",
        "listen",
        "userlist",
        "peers",
        "resolvers",
        "cache",
        "program",
        "mailers",
        "http-errors",
        "ring",
        "log-forward",
        "crt-store",
    ]
)
_VARIABLE: Final = re.compile(r'"?\$\{?([A-Z][A-Z0-9_]{1,80})\}?')


def read(file: str, text: str, include: Include) -> Read:  # noqa: ARG001 - every reader has this shape
    """Read ``haproxy.cfg``.

    :raises Unreadable: for what is larger than any, or begins with no section.
    """
    if len(text) > MOST_TEXT:
        raise Unreadable("is larger than any configuration of HAProxy")
    root = Block("", file=file)
    block = root
    read = Read(files=[file], roots=[root])
    for number, line in enumerate(text.split("\n"), 1):
        words = split(line, comments=True)
        if not words:
            continue
        if words[0] in _SECTIONS and not line[:1].isspace():
            block = Block(words[0], tuple(words[1:]), file=file, line=number, parent=root)
            continue
        if block is root or len(read.settings) >= MOST_SETTINGS:
            raise Unreadable("is not HAProxy's, or holds too many lines")
        missing = tuple(found for word in words for found in _VARIABLE.findall(word))
        setting = Setting(
            tool="haproxy",
            file=file,
            line=number,
            path=block.path,
            name=words[0],
            value=tuple(words[1:]),
            unresolved=missing,
            inside=block,
        )
        block.settings.append(setting)
        read.settings.append(setting)
    return read
