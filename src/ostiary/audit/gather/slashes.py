"""A server that leads on to the same path with or without a final slash has said how the path is written."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from ostiary.evidence import Answer
from ostiary.model import Operation

_LEADS: Final = frozenset({301, 302, 307, 308})  # RFC 9110 section 15.4


class Slashes:
    """What was learned about the paths of a document; clients follow such redirects, so the audit asks there at once."""

    def __init__(self) -> None:
        self._ends: dict[str, bool] = {}  # path of the document -> whether the server's ends with a slash

    def of(self, operation: Operation, target: str) -> str:
        """The target as the server writes it; one that is not this operation's stays as it is."""
        ends = self._ends.get(operation.path)
        path, mark, query = target.partition("?")
        if ends is None or path.rstrip("/").count("/") != operation.path.rstrip("/").count("/"):
            return target
        return f"{path.rstrip('/')}{'/' if ends else ''}{mark}{query}"

    def learn(self, operation: Operation, answer: Answer, authority: str) -> bool:
        """Whether a reply leads on to the same path, but for a final slash; known from now on.

        :param authority: the target's own host and port: what leads elsewhere is no spelling of a path.
        """
        if answer.status not in _LEADS or operation.path in self._ends:
            return False
        asked = answer.asked.target.partition("?")[0]
        try:
            to = urlsplit(answer.head("location") or "")
        except ValueError:
            return False
        if to.netloc not in {"", authority} or to.path == asked or to.path.rstrip("/") != asked.rstrip("/"):
            return False
        self._ends[operation.path] = to.path.endswith("/")
        return True
