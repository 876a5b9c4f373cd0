"""Python is read by its own grammar: one pass over the tree, nothing is executed, and broken files are read in part."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.code import Language, Module
from ostiary.parts.code.python.flowing import flow
from ostiary.parts.code.python.parsing import parse
from ostiary.parts.code.python.statements import Statements

_GLOBAL: Final = re.compile(r"^[ \t]+global[ \t]+([\w, \t]+)", re.MULTILINE)


def read(path: str, text: str) -> Module:
    """What a file of Python holds.

    :param path: from the root of its tree, with ``/``.
    :param text: the whole file.
    """
    tree, broken = parse(text)
    lines = text.removeprefix("\ufeff").split("\n")
    open_names = frozenset(name for each in _GLOBAL.findall(text) for name in re.findall(r"\w+", each))
    reader = Statements(path, lines, open_names)
    reader.run(tree)
    flow(reader)
    if reader.skipped:
        broken = "; ".join(filter(None, [broken, f"too deeply nested at line {reader.skipped[0]}"]))
    return Module(
        path=path,
        language=Language.PYTHON,
        lines=len(lines),
        calls=tuple(sorted(reader.calls, key=lambda each: each.line)),
        assignments=tuple(sorted(reader.assignments, key=lambda each: each.line)),
        functions=tuple(sorted(reader.functions, key=lambda each: each.line)),
        classes=tuple(reader.classes),
        returns=tuple(sorted(reader.returns, key=lambda each: each.line)),
        imports=reader.imports,
        broken=broken,
    )
