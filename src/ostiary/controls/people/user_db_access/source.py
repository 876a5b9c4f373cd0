"""An application does not reach its data as the database's own superuser; which people do, only a list tells."""

from __future__ import annotations

import re
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.tree import File, Tree
from ostiary.model import Finding, attest, failed

QUESTION: Final = (
    "Which people and services can reach the user database (attach the access list with roles, approvals and "
    "the date of the last review)?"
)
_SUPER: Final = r"(?P<who>root|postgres|sa|sysdba|system)"
_URL: Final = re.compile(
    rf"\b(?:postgres(?:ql)?|mysql|mariadb|mssql|sqlserver|cockroachdb)(?:\+\w{{1,20}})?://{_SUPER}(?::[^@\s/\"']{{0,200}})?@(?P<host>[\w.-]{{1,200}})",
    re.IGNORECASE,
)
_SETTING: Final = re.compile(
    rf"^[ \t]*(?:-[ \t]*)?[\"']?(?:spring[._]datasource[._]username|DB_USER(?:NAME)?|DATABASE_USER(?:NAME)?|DB_LOGIN)[\"']?[ \t]*[:=][ \t]*[\"']?{_SUPER}[\"']?[ \t]*,?$",
    re.IGNORECASE | re.MULTILINE,
)
_HERE: Final = frozenset({"localhost", "127.0.0.1", "0.0.0.0"})  # noqa: S104 - read in a text, not bound
_OTHERS: Final = re.compile(
    r"(?i)example|sample|template|\.dist$|test|(?:^|[._/-])(?:dev|local|ci)(?:[._/-]|$)|\.md$|\.rst$|migrat|alembic|\.github/|\.gitlab-ci|\.circleci"
)
_FILES: Final = (
    "*.env",
    ".env",
    ".env.*",
    "*.y*ml",
    "*.toml",
    "*.ini",
    "*.cfg",
    "*.conf",
    "*.properties",
    "*.json",
    "*.py",
    "*.js",
    "*.ts",
    "*.go",
    "*.java",
    "*.kt",
    "*.php",
    "*.rb",
    "*.tf",
    "Dockerfile*",
)
_LARGEST: Final = 300_000  # bytes of a file of settings


async def audit_source(tree: Tree) -> Finding:
    """Look for connections as root, postgres or sa in settings of the product."""
    places = [
        place
        for each in tree.named(*_FILES)
        if each.size < _LARGEST and not _OTHERS.search(each.path)
        for place in _of(tree, each)
    ]
    if not places:
        return attest(QUESTION)
    places = places[:50]
    return failed(
        "the application reaches its data as the database's own superuser",
        *[tree.show(each, "connects as a superuser") for each in places[:4]],
        places=tuple(places),
    )


def _of(tree: Tree, file: File) -> list[str]:
    try:
        text = tree.text(file)
    except Unanswerable:
        return []
    found = [match.start() for match in _URL.finditer(text) if match["host"].lower() not in _HERE]
    found += [match.start("who") for match in _SETTING.finditer(text)]
    lines = text.split("\n") if found else []
    numbers = sorted({text.count("\n", 0, at) + 1 for at in found})
    return [f"{file.path}:{each}" for each in numbers if not lines[each - 1].lstrip().startswith(("#", "//", "*", ";"))]
