"""Which operations a file serves, by the frameworks it uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ostiary.evidence.code import Language, Route
from ostiary.parts.code.foreign.reading import Reader
from ostiary.parts.code.foreign.routes.annotated import annotated
from ostiary.parts.code.foreign.routes.facades import facades
from ostiary.parts.code.foreign.routes.routers import routers

_BY_LANGUAGE: Final[Mapping[Language, tuple[Callable[[Reader], Iterable[Route]], ...]]] = {
    Language.JAVASCRIPT: (routers, annotated),
    Language.JAVA: (annotated,),
    Language.KOTLIN: (annotated,),
    Language.GO: (routers,),
    Language.PHP: (facades, annotated),
    Language.RUBY: (facades,),
}


def routes(reader: Reader) -> tuple[Route, ...]:
    """The operations that a file declares, in the order of their lines."""
    found = [each for find in _BY_LANGUAGE.get(reader.grammar.language, ()) for each in find(reader)]
    return tuple(sorted(found, key=lambda each: each.line))
