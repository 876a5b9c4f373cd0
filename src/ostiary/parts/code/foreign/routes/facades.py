"""Operations that a list of routes declares: Laravel's and Slim's calls, Sinatra's blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Language, Route
from ostiary.parts.code.foreign.reading import Reader
from ostiary.parts.code.foreign.routes.paths import holes
from ostiary.parts.code.foreign.routes.routers import names_of

_VERBS: Final = frozenset({"get", "post", "put", "patch", "delete", "any"})


def facades(reader: Reader) -> Iterator[Route]:
    """The operations that a file of routes lists."""
    for call in reader.calls:
        if call.method in _VERBS and call.args and isinstance(call.args[0].literal, str) and _serves(reader, call):
            yield _made(reader, call)


def _serves(reader: Reader, call: Call) -> bool:
    if call.language is Language.RUBY:
        return call.name in _VERBS and str(call.args[0].literal).startswith("/") and "sinatra" in reader.imports
    owner = call.name.rpartition(".")[0]
    return owner.endswith("Facades.Route") or owner == "Route" or owner.startswith("Route.middleware()")


def _made(reader: Reader, call: Call) -> Route:
    path = str(call.args[0].literal)
    guards: list[str] = []
    current: Call | None = call
    for _ in range(8):  # ->middleware('auth')->name(...)
        current = next(
            (each for each in reader.calls if each.receiver is not None and each.receiver.call is current), None
        )
        if current is None:
            break
        if current.method == "middleware":
            guards += [str(each.literal) for each in current.args if isinstance(each.literal, str)]
            guards += list(names_of(current.args))
    return Route(
        path=call.path,
        line=call.line,
        language=call.language,
        framework="sinatra" if call.language is Language.RUBY else "laravel",
        methods=("*",) if call.method == "any" else (call.method.upper(),),
        route="/" + path.lstrip("/"),
        guards=tuple(dict.fromkeys(guards)),
        open_end=True,  # groups and the kernel's own middleware may stand around it
        parameters=holes(path),
        text=call.text,
    )
