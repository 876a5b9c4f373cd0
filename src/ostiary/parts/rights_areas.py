"""An area of an API is privileged by the start of its paths, however a caller spells them, or by a tag."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from ostiary.errors import ConfigError
from ostiary.model import Operation

_NEUTRAL: Final = re.compile(r"apis?|rest|v\d{1,4}(?:\.\d{1,4}){0,2}")  # segments that say nothing about an area
_WILD: Final = "{"


def _segments(path: str) -> tuple[str, ...]:
    """A path's segments as a lenient server would read them: no case, no empty ones, no parameters, no trailing dots."""
    if not path.isascii():  # full-width letters are letters, and a dotless i in upper case is an I, to some
        path = unicodedata.normalize("NFKC", path).upper()
    found = (each.partition(";")[0].strip().rstrip(" .").casefold() for each in path.split("/"))
    return tuple(each for each in found if each)


class Areas:
    """The privileged areas of a policy.

    :param paths: ``"/admin"`` stands for it and everything below, at the start of a path or behind the server's base,
        ``/api`` and versions.
    :param tags: tags of operations, compared without case.
    :param servers: the document's server URLs.
    :param where: the setting, for messages.
    :raises ConfigError: for a path that has no slash at its start, or nothing behind it.
    """

    def __init__(self, paths: Iterable[str], tags: Iterable[str], servers: Iterable[str], where: str) -> None:
        self._prefixes = []
        for path in paths:
            prefix = _segments(path)
            if not path.startswith("/") or not prefix or _WILD in path:
                raise ConfigError(where, f"{path!r} is not the start of a path", 'as in "/admin"')
            self._prefixes.append(prefix)
        self._tags = frozenset(tag.casefold() for tag in tags)
        bases = {_segments(urlsplit(server).path) for server in servers if _WILD not in server}
        self._bases = sorted(bases - {()}, key=len, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._prefixes or self._tags)

    def has(self, operation: Operation) -> bool:
        """Whether a declared operation is in one of the areas."""
        template = operation.alias_of or operation.path
        return self.has_path(template) or any(tag.casefold() in self._tags for tag in operation.tags)

    def has_path(self, path: str) -> bool:
        """Whether a path, decoded, is in one of the areas."""
        return any(
            segments[: len(prefix)] == prefix for segments in self._behind(_segments(path)) for prefix in self._prefixes
        )

    def may_have(self, template: str) -> bool:
        """Whether some value of a template's names makes it a path in one of the areas."""
        return any(
            len(segments) >= len(prefix)
            and any(_WILD in segment for segment in segments[: len(prefix)])
            and all(_WILD in one or one == other for one, other in zip(segments, prefix, strict=False))
            for segments in self._behind(_segments(template))
            for prefix in self._prefixes
        )

    def _behind(self, segments: tuple[str, ...]) -> list[tuple[str, ...]]:
        """The path, and what is left of it behind the server's base, ``/api`` and versions."""
        found = [segments]
        rest = segments
        for base in self._bases:
            if rest[: len(base)] == base:
                rest = rest[len(base) :]
                found.append(rest)
                break
        while rest and _NEUTRAL.fullmatch(rest[0]):
            rest = rest[1:]
            found.append(rest)
        return found
