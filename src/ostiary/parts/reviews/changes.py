"""A change counts as reviewed when a person other than its author and its last pusher approved it; bots are nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_BOT: Final = re.compile(
    r"(?i)\[bot\]$|^(?:app/)?(?:dependabot|renovate|github-actions|greenkeeper|snyk|pre-commit-ci|copilot|coderabbitai|mergify|bors|project_\d+_bot.*)$|-bot$|_bot$|^bot-"
)
MOST_PLACES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change that was merged."""

    name: str  # "#12", "!7", a commit's first digits
    author: str
    approvers: tuple[str, ...] = ()
    pushers: tuple[str, ...] = ()  # whoever pushed to it last, where that is known
    bot: bool = False

    @property
    def reviewed(self) -> bool:
        """Whether a person other than its author and last pusher approved it."""
        own = {each.lower() for each in (self.author, *self.pushers)}
        return any(each.lower() not in own for each in self.people)

    @property
    def people(self) -> tuple[str, ...]:
        """Who approved it and is no bot."""
        return tuple(each for each in self.approvers if not is_bot(each))

    @property
    def self_approved(self) -> bool:
        """Whether all who approved it wrote it, pushed it last, or are bots."""
        return bool(self.approvers) and not self.reviewed


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a source tells: changes, rules that the platform enforces, or both."""

    changes: tuple[Change, ...] = ()
    rules: Mapping[str, object] | None = None


def is_bot(name: str) -> bool:
    """Whether an account's name is a bot's."""
    return _BOT.search(name) is not None


def joined(parts: Iterable[Told]) -> Told:
    """Several sources of one project as one; of rules the strictest of each kind, of ways around them all."""
    changes: list[Change] = []
    rules: dict[str, object] | None = None
    for each in parts:
        changes += each.changes
        if each.rules is not None:
            rules = dict(each.rules) if rules is None else _stricter(rules, each.rules)
    return Told(changes=tuple(changes), rules=rules)


def _stricter(one: Mapping[str, object], other: Mapping[str, object]) -> dict[str, object]:
    made = dict(one)
    for key, value in other.items():
        have = made.get(key)
        if have is None:
            made[key] = value
        elif isinstance(value, bool) and isinstance(have, bool):
            made[key] = have or value
        elif isinstance(value, int) and isinstance(have, int):
            made[key] = max(have, value)
        elif isinstance(value, (list, tuple)) and isinstance(have, (list, tuple)):
            made[key] = [*have, *(each for each in value if each not in have)]
    return made


def lists(value: Any) -> Sequence[Mapping[str, Any]]:
    """The objects of a list; nothing for anything else."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def inside(value: Any, *path: str) -> Any:
    """The member of a member ...; None where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def login(value: Any) -> str:
    """An account's name in any of the shapes forges have."""
    for key in ("login", "username", "name"):
        found = inside(value, key)
        if isinstance(found, str) and found:
            bot = inside(value, "type") == "Bot" or inside(value, "is_bot") is True or inside(value, "bot") is True
            return f"{found}[bot]" if bot and not is_bot(found) else found
    return ""
