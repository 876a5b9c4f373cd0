"""Python is read by its own grammar: one pass over the tree, nothing is executed, and broken files are read in part."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Final

from ostiary.evidence.code import Language, Module
from ostiary.parts.code.python.flowing import flow
from ostiary.parts.code.python.linking import Reading as Reading
from ostiary.parts.code.python.linking import link
from ostiary.parts.code.python.parsing import parse
from ostiary.parts.code.python.routes import routes
from ostiary.parts.code.python.statements import Statements

_GLOBAL: Final = re.compile(r"^[ \t]+global[ \t]+([\w, \t]+)", re.MULTILINE)


def read(path: str, text: str) -> Module:
    """What a file of Python holds.

    :param path: from the root of its tree, with ``/``.
    :param text: the whole file.
    """
    return together([reading(path, text)])[0]


def reading(path: str, text: str) -> Reading:
    """A file of a tree, to be completed by `together`."""
    tree, broken = parse(text)
    lines = text.removeprefix("\ufeff").split("\n")
    open_names = frozenset(name for each in _GLOBAL.findall(text) for name in re.findall(r"\w+", each))
    inner = Statements(path, lines, open_names)
    inner.run(tree)
    flow(inner)
    if inner.skipped:
        broken = "; ".join(filter(None, [broken, f"too deeply nested at line {inner.skipped[0]}"]))
    module = Module(
        path=path,
        language=Language.PYTHON,
        lines=len(lines),
        calls=tuple(sorted(inner.calls, key=lambda each: each.line)),
        assignments=tuple(sorted(inner.assignments, key=lambda each: each.line)),
        functions=tuple(sorted(inner.functions, key=lambda each: each.line)),
        classes=tuple(inner.classes),
        returns=tuple(sorted(inner.returns, key=lambda each: each.line)),
        imports=inner.imports,
        broken=broken,
    )
    return Reading(module, inner)


def together(readings: Sequence[Reading]) -> list[Module]:
    """All modules of a tree, linked, with the routes that they serve."""
    links = link(readings)
    found = routes(links)
    return [dataclasses.replace(each.module, routes=tuple(found.get(each.path, ()))) for each in readings]
