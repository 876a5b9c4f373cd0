"""Names that one module imports from another get their meaning from there: constants, types, routers."""

from __future__ import annotations

from collections.abc import Sequence

from ostiary.evidence.code import Module


def link(modules: Sequence[Module]) -> None:
    """Fill in what only all modules of Python together tell.

    :param modules: as `ostiary.parts.code.python.read` made them; nobody else has seen them yet.
    """
