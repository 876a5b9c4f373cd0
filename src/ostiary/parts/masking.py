"""A line of a file may be shown, and what looks like a secret in it may not."""

from __future__ import annotations

import re
from typing import Final

from ostiary.parts.secrets.found import MASK
from ostiary.parts.secrets.search import search

_ASSIGNED: Final = re.compile(
    r"""(?ix)
    ( (?:pass(?:word|wd|phrase)?|pwd|secret|token|api_?-?key|credential|salt|private_?-?key)
      [\w.\-\]"']*  \s*  (?::=|[:=]>?|,)  \s*  [bru]? )
    (["'])  (?P<value>[^"'\n]{4,})  \2
    """
)
_LONG: Final = re.compile(
    r"(?<![\w/+=.-])(?=[A-Za-z0-9_+=-]*\d)(?=[A-Za-z0-9_+=-]*[A-Za-z])[A-Za-z0-9_+=-]{24,}(?![\w/+=-])"
)
_IN_URL: Final = re.compile(r"(://[^\s:/@'\"]*:)([^\s/@'\"]+)(@)")
_KEPT: Final = 4


def masked(text: str, path: str = "a line.conf") -> str:
    """Text in which credentials, values of secret names, passwords in URLs and long random words are cut to their first characters.

    :param path: of the file that it stands in: its name tells how values are written there.
    """
    for found in reversed(search(path, text)):
        text = f"{text[: found.start]}{found.shown}{text[found.end :]}"
    text = _ASSIGNED.sub(lambda found: f"{found[1]}{found[2]}{found['value'][:2]}{MASK}{found[2]}", text)
    text = _IN_URL.sub(rf"\1{MASK}\3", text)
    return _LONG.sub(lambda found: found[0][:_KEPT] + MASK, text)
