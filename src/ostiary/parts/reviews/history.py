"""A history tells how changes came in, by what forges write into commits, and only seldom who approved them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from ostiary.parts.reviews.changes import is_bot

FORMAT: Final = "%H%x1f%an%x1f%ae%x1f%cn%x1f%ce%x1f%P%x1f%s%x1f%b%x1e"
_REQUEST: Final = re.compile(
    r"\(#\d+\)\s*$|^Merge pull request #\d+|^Merged in .* \(pull request #\d+\)|^Merged PR \d+:|\(!\d+\)\s*$"
)
_REQUEST_BODY: Final = re.compile(
    r"(?m)^See merge request |^Reviewed-on: https?://|^Change-Id: I[0-9a-f]{8,}|^PR-URL: |^Pull Request: "
)
_REVIEWED: Final = re.compile(
    r"(?mi)^(?:Reviewed|Approved|Acked)-by:\s*(?P<who>[^<\n]{1,120})(?:<(?P<mail>[^>\n]{1,120})>)?"
)
_FORGES: Final = frozenset({"GitHub", "GitLab", "Gerrit Code Review", "bors[bot]"})


class Figures(NamedTuple):
    """What the first-parent history of the default branch tells."""

    looked_at: int
    by_request: int
    reviewed: int | None  # None: no commit has a trailer about it
    self_approved: int | None
    people: int  # who wrote something and is no bot
    unreviewed: tuple[str, ...]  # commits that came in another way


def figures(log: str) -> Figures:
    """Count, of what ``git log --first-parent --format=FORMAT`` printed."""
    by_request = reviewed = approved_own = trailers = looked_at = 0
    people: set[str] = set()
    left: list[str] = []
    for record in log.split("\x1e"):
        fields = record.strip("\n").split("\x1f")
        if len(fields) < 8:  # noqa: PLR2004 - the fields of FORMAT
            continue
        commit, name, mail, committer, _, parents, subject, body = fields[:8]
        if not is_bot(name):
            people.add(mail.lower() if len(parents.split()) <= 1 or committer not in _FORGES else "")
        looked_at += 1
        came = bool(_REQUEST.search(subject) or _REQUEST_BODY.search(body))
        by_request += came
        left += [] if came or is_bot(name) else [commit[:12]]
        given = list(_REVIEWED.finditer(body[-4000:]))
        trailers += bool(given)
        others = [each for each in given if not _same(each, name, mail)]
        reviewed += bool(others)
        approved_own += bool(given) and not others
    return Figures(
        looked_at,
        by_request,
        reviewed if trailers else None,
        approved_own if trailers else None,
        len(people - {""}),
        tuple(left),
    )


def _same(trailer: re.Match[str], name: str, mail: str) -> bool:
    return trailer["who"].strip().lower() == name.lower() or (trailer["mail"] or "").lower() == mail.lower()


def owners(text: str) -> Sequence[tuple[str, tuple[str, ...]]]:
    """Rules of a CODEOWNERS file: pattern and owners; sections and comments are none."""
    found = []
    for line in text.splitlines()[:2000]:
        words = line.partition("#")[0].split()
        if len(words) > 1 and not words[0].startswith(("[", "^[")):
            found.append((words[0], tuple(each for each in words[1:] if "@" in each)))
    return [(pattern, who) for pattern, who in found if who]
