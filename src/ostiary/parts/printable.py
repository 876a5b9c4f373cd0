"""What strangers wrote is shown as text: nothing in it moves a cursor, hides, or turns the direction of reading."""

from __future__ import annotations

import re
from typing import Final

# Everything that a terminal obeys or that hides or reorders text: C0 (but tab and newline), DEL, C1, format characters.
UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def printable(text: str) -> str:
    r"""Text in which nothing moves a cursor or turns direction; what did is written as ``\x1b``."""
    return UNPRINTABLE.sub(_spelt, text)


def on_one_line(text: str) -> str:
    """The same without line breaks and tabs: what is shown as one line stays one."""
    return " ".join(printable(text).split())


def _spelt(match: re.Match[str]) -> str:
    code = ord(match[0])
    return "" if code == 0x0D else f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004 - carriage return, one byte
