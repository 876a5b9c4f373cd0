"""Code of other languages than Python becomes facts, one table of syntax per language."""

from __future__ import annotations

from ostiary.evidence.code import Language, Module
from ostiary.parts.code.foreign import pages
from ostiary.parts.code.foreign.languages import GRAMMARS
from ostiary.parts.code.foreign.parsing import UnreadableError, parse
from ostiary.parts.code.foreign.reading import Reader
from ostiary.parts.code.foreign.routes import routes


def read(path: str, text: str, language: Language) -> Module:
    """Read one file; what cannot be read says so in ``broken``.

    :param path: from the root of the tree; its ending tells dialects apart.
    :param language: any but Python.
    """
    lines = text.count("\n") + 1
    grammar = GRAMMARS[language]
    prepared = pages.scripts(text) if path.endswith(".vue") else grammar.prepare(text)
    try:
        root = parse(path, prepared, language)
    except UnreadableError as error:
        return Module(path=path, language=language, lines=lines, broken=str(error))
    reader = Reader(path, grammar, text)
    reader.read(root)
    return Module(
        path=path,
        language=language,
        lines=lines,
        calls=tuple(sorted(reader.calls, key=lambda each: each.line)),
        assignments=tuple(sorted(reader.assignments, key=lambda each: each.line)),
        functions=tuple(sorted(reader.functions, key=lambda each: each.line)),
        classes=tuple(sorted(reader.classes, key=lambda each: each.line)),
        returns=tuple(sorted(reader.returns, key=lambda each: each.line)),
        imports=reader.imports,
        routes=routes(reader),
        broken="some of it is nested too deeply to be read" if reader.cut else "",
    )
