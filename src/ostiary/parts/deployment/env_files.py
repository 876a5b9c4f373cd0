"""``.env`` files: names and values as docker compose and dotenv read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ostiary.evidence.deployment import Setting
from ostiary.parts.deployment.reading import MOST_SETTINGS, MOST_TEXT, Include, Read, Unreadable

_LINE: Final = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.\-]*)\s*=(.*)")


def read(file: str, text: str, include: Include) -> Read:  # noqa: ARG001 - every reader has this shape
    """Read ``NAME=value`` lines.

    :raises Unreadable: when it is larger than any such file.
    """
    if len(text) > MOST_TEXT:
        raise Unreadable("is larger than any list of variables")
    settings: list[Setting] = []
    everything: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        found = _LINE.match(line)
        if found is None or len(settings) >= MOST_SETTINGS:
            continue
        value = _unquoted(found[2].strip())
        everything[found[1]] = value
        settings.append(
            Setting(tool="env", file=file, line=number, path=(), name=found[1], value=value, inside=everything)
        )
    return Read(settings=settings, files=[file])


def variables(text: str) -> Mapping[str, str]:
    """Names and values of a file."""
    return {each.name: each.value for each in read("", text, lambda *_: None).settings}


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] in "\"'" and text.find(text[0], 1) > 0:
        return text[1 : text.find(text[0], 1)]
    return text.partition(" #")[0].rstrip() if not text.startswith("#") else ""
