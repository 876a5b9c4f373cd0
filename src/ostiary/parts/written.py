"""Documents that a team keeps beside its code are found by their names; what they are worth, only people can say."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.tree import File, Role, Tree

_TEXTS: Final = frozenset(
    {
        "md",
        "rst",
        "adoc",
        "txt",
        "html",
        "pdf",
        "docx",
        "org",
        "yml",
        "yaml",
        "toml",
        "json",
        "csv",
        "xlsx",
        "tm7",
        "drawio",
    }
)
_ROLES: Final = frozenset({Role.PRODUCT, Role.EXAMPLE})


def documents(tree: Tree, form: re.Pattern[str]) -> list[File]:
    """Files of text whose path, in lower case, a form is found in; at most 20."""
    found = [
        each
        for each in tree.files
        if each.role in _ROLES and each.name.rpartition(".")[2].lower() in _TEXTS and form.search(each.path.lower())
    ]
    return found[:20]


def named(found: list[File]) -> str:
    """The first of them by their paths, for a sentence."""
    more = f" and {len(found) - 2} more" if len(found) > 2 else ""  # noqa: PLR2004 - two are named
    return f"{', '.join(each.path for each in found[:2])}{more}"
