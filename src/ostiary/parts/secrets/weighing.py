"""Which of the credentials that were found open something today, which only may, and which are left aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ostiary.model import Evidence
from ostiary.parts.secrets.listing import listed

if TYPE_CHECKING:
    from ostiary.evidence.tree import Secret

_DOUBTFUL: Final = frozenset(listed("jwt key-store encrypted-private-key assigned-salt assigned-credential"))
_OF_PAGES: Final = frozenset(
    listed("stripe-publishable-key mapbox-public-token newrelic-browser-key posthog-project-key razorpay-key-id jwt")
)  # their issuers say that they belong into pages
GUESSED: Final = "weak-secret"
SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class Weighed:
    """Credentials by what they are worth."""

    grave: tuple[Secret, ...]
    doubtful: tuple[Secret, ...]  # a token that may have ended, a store with a password, a key that needs restrictions
    aside: tuple[Secret, ...]  # in tests and examples, of this machine alone, defaults, made for pages

    @property
    def sentence(self) -> str:
        """What was left aside, to be put behind another sentence; empty: nothing."""
        if not self.aside:
            return ""
        kinds = Counter(each.title for each in self.aside)
        most = ", ".join(f"{count} x {title}" for title, count in kinds.most_common(3))
        return f"; left aside as of tests, examples, defaults or pages: {len(self.aside)} ({most})"


def weighed(found: Iterable[Secret]) -> Weighed:
    """Sort credentials; the surest first."""
    grave: list[Secret] = []
    doubtful: list[Secret] = []
    aside: list[Secret] = []
    for each in found:
        (grave if _is_grave(each) else doubtful if _is_doubtful(each) else aside).append(each)
    grave.sort(key=lambda each: (not each.certain, each.kind == GUESSED, not each.in_head))
    return Weighed(tuple(grave), tuple(doubtful), tuple(aside))


def _is_grave(secret: Secret) -> bool:
    if secret.public or secret.kind in _DOUBTFUL:
        return secret.certain and not secret.public
    if secret.certain:
        return True
    return secret.role == "product" and (not secret.weak or (secret.kind == GUESSED and secret.in_head))


def _is_doubtful(secret: Secret) -> bool:
    if secret.role != "product" or secret.weak:
        return False
    return secret.kind in _DOUBTFUL or (secret.public and secret.kind not in _OF_PAGES)


def shown(found: Sequence[Secret], most: int = SHOWN) -> list[Evidence]:
    """Evidence of the first of them; a secret's line is not repeated, only its name and its first letters."""
    return [
        Evidence(
            what=f"{each.title}{'' if each.in_head else ', in the history'}",
            where=each.where,
            extract=f"{each.name} = {each.shown}" if each.name else each.shown,
        )
        for each in found[:most]
    ]


def places(found: Iterable[Secret]) -> tuple[str, ...]:
    """Where they are, each place once."""
    return tuple(dict.fromkeys(each.where for each in found))


def told(found: Sequence[Secret]) -> str:
    """How many, and what the first one is: ``3 credentials, first an AWS access key id (AKIA...) in app/x.py:3``."""
    first = found[0]
    many = f"{len({each.mark for each in found})} credentials, first " if len(found) > 1 else ""
    named = f" {first.name}" if first.name else ""
    return f"{many}{first.title}{named} ({first.shown}) at {first.where}"
