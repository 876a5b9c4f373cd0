"""Files that every system of a kind has, readable by everybody and without secrets: seen in a reply, plain or in base64."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from ostiary.evidence import Answer

UNIX: Final = "etc/passwd"
KERNEL: Final = "proc/version"  # of Linux; nobody can write to it or make a file beside it, whatever runs as root
WINDOWS: Final = "windows\\win.ini"
_SIGNS: Final = (
    re.compile(r"\broot:[^:\s]{0,40}:0:0:"),
    re.compile(r"\[(?:fonts|extensions|mci extensions)\]", re.IGNORECASE),
)
_KERNEL: Final = re.compile(r"\bLinux version [0-9]+\.[0-9]+\S* \(")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}")
_MOST: Final = 200_000  # characters looked at


def shows_known_file(answer: Answer) -> bool:
    """Whether a reply holds one of the files."""
    text = answer.text[:_MOST]
    return any(sign.search(text) for sign in _SIGNS) or any(_SIGNS[0].search(each) for each in decoded(text))


def shows_kernel(answer: Answer) -> bool:
    """Whether a reply holds what the kernel says of itself, as its file has it."""
    text = answer.text[:_MOST]
    return any(_KERNEL.search(each) for each in (text, *decoded(text)))


def decoded(text: str) -> list[str]:
    """What stands in a text in base64, each run of it as text."""
    found = []
    for match in _BASE64.finditer(text[:_MOST]):
        piece = match[0].rstrip("=")
        try:
            found.append(base64.b64decode(piece[: len(piece) // 4 * 4]).decode("latin-1"))
        except binascii.Error:
            continue
    return found
