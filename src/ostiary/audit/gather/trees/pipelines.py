"""Pipelines of a tree: every file of a known system is read once; what is broken or elsewhere is said, never passed over."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from ostiary.audit.gather.trees import zizmor
from ostiary.errors import Unanswerable
from ostiary.evidence.pipeline import Pipeline
from ostiary.parts.pipelines import azure, circleci, github, gitlab, jenkins, small
from ostiary.parts.pipelines.reading import Files

if TYPE_CHECKING:
    from ostiary.audit.gather.trees.tree import Tree

MOST: Final = 300  # files of pipelines
_LARGEST: Final = 1024 * 1024  # bytes of a file that a pipeline, a Makefile or a script has
_SYSTEMS: Final[Sequence[tuple[Sequence[str], Callable[[str, str, Files], Pipeline]]]] = (
    (github.PATHS, github.read),
    (gitlab.PATHS, gitlab.read),
    (jenkins.PATHS, jenkins.read),
    (circleci.PATHS, circleci.read),
    (azure.PATHS, azure.read),
    (small.TRAVIS, small.travis),
    (small.BITBUCKET, small.bitbucket),
)


def pipelines_in(tree: Tree) -> Sequence[Pipeline]:
    """Every pipeline, in the order of their files; vendored copies and samples below other folders are nobody's."""
    known = {each.path: each for each in tree.files}

    def text(path: str) -> str | None:
        file = known.get(path)
        if file is None or file.size > _LARGEST:
            return None
        try:
            return tree.text(file)
        except Unanswerable:
            return None

    files = Files(text, tuple(known))
    found: list[Pipeline] = []
    for path in known:
        for patterns, reader in _SYSTEMS:
            if any(fnmatch.fnmatchcase(path, each) and path.count("/") == each.count("/") for each in patterns):
                found.append(_one(path, files, reader))
        if len(found) >= MOST:
            break
    return tuple(zizmor.looked_at(found, tree.root))


def _one(path: str, files: Files, reader: Callable[[str, str, Files], Pipeline]) -> Pipeline:
    text = files.read(path)
    if text is None:
        return Pipeline(file=path, system="", broken="it cannot be read, or is too large")
    return reader(path, text, files)
