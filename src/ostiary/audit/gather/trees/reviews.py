"""How changes got in: what a forge or an export says, and beside it what the history tells of itself."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ostiary.audit.gather.trees import forge, git
from ostiary.errors import Unanswerable
from ostiary.evidence.pipeline import Reviews
from ostiary.evidence.tree import Role
from ostiary.evidence.tree import Tree as Port
from ostiary.parts.reviews import exports, history
from ostiary.parts.reviews.changes import MOST_PLACES, Told

if TYPE_CHECKING:
    from ostiary.audit.gather.trees.tree import Tree

COMMITS: Final = 200  # of the default branch, the newest
_LARGEST: Final = 8 * 1024 * 1024  # bytes of an export
_OWNERS: Final = ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")


def reviews_of(tree: Tree) -> Reviews:
    """What is known of reviews; the surest source first.

    :raises Unanswerable: when there is neither a history nor an export, or the forge does not answer.
    """
    seen = _history(tree)
    rules: dict[str, object] = {"code_owners": owned(tree), **({"people": seen.people} if seen else {})}
    if tree.settings.repository:
        told, source = forge.told_by(tree.settings.repository)
    elif tree.settings.reviews is not None:
        told, source = _export(tree.settings.reviews), tree.settings.reviews.name
    elif seen is not None:
        return Reviews(
            source="git history",
            looked_at=seen.looked_at,
            reviewed=seen.reviewed,
            self_approved=seen.self_approved,
            by_request=seen.by_request,
            rules=MappingProxyType(rules),
            places=seen.unreviewed[:MOST_PLACES],
        )
    else:
        raise Unanswerable("there is no git history here, and no export of reviews (--reviews, --repository)")
    return _made(told, source, rules, seen)


def _made(told: Told, source: str, rules: dict[str, object], seen: history.Figures | None) -> Reviews:
    people = [each for each in told.changes if not each.bot and each.author]
    return Reviews(
        source=source,
        looked_at=len(people) if people else seen.looked_at if seen else 0,
        reviewed=sum(each.reviewed for each in people) if people else None,
        self_approved=sum(each.self_approved for each in people) if people else None,
        by_request=len(people) if people else seen.by_request if seen else None,
        rules=MappingProxyType(rules | {"known": told.rules is not None} | dict(told.rules or {})),
        places=tuple(each.name for each in people if not each.reviewed)[:MOST_PLACES],
    )


def _history(tree: Tree) -> history.Figures | None:
    if tree.root is None or not git.here() or not git.is_repository(tree.root):
        return None
    try:
        log = git.run(tree.root, "log", "--first-parent", f"-{COMMITS}", f"--format={history.FORMAT}", "HEAD")
    except Unanswerable:
        return None
    found = history.figures(log.decode("utf-8", "replace"))
    return found if found.looked_at else None


def _export(path: Path) -> Told:
    try:
        with path.open("rb") as stream:
            data: Any = json.loads(stream.read(_LARGEST))
    except (OSError, ValueError, RecursionError) as error:
        raise Unanswerable(f"{path.name} cannot be read as JSON: {type(error).__name__}") from error
    told = exports.read(data)
    if told.rules is None and not told.changes:
        raise Unanswerable(f"{path.name} holds no ruleset, protection, approvals or reviews in a form that is known")
    return told


def owned(tree: Port) -> list[str]:
    """Patterns of the file that says who owns which code."""
    for each in tree.named(*_OWNERS, roles=tuple(Role)):
        if each.path in _OWNERS:
            return [f"{pattern} {' '.join(who)}" for pattern, who in history.owners(tree.text(each))][:100]
    return []
