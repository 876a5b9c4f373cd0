"""The platform refuses approvals by whoever wrote or last pushed a change, and none of the merged ones had only such."""

from __future__ import annotations

from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.pipeline import Reviews
from ostiary.evidence.tree import Tree
from ostiary.model import Evidence, Finding, attest, failed, passed, unknown

QUESTION: Final = (
    "Which settings stop authors, last pushers and their bots from approving their own changes (attach a "
    "screenshot or export of the branch protection rules)?"
)


async def audit_ci(tree: Tree) -> Finding:
    """Ask the platform's rules first, then what was merged."""
    try:
        known = tree.reviews
    except Unanswerable as error:
        if tree.form != "folder" or "no git history" in str(error):
            return attest(f"{error}. {QUESTION}")
        raise
    if known.self_approved and known.source != "git history":
        why = f"{known.self_approved} of {known.looked_at} merged changes were approved only by their author, last pusher or a bot"
        return failed(why, _rules(known), places=known.places)
    if not known.rules.get("known"):
        return _by_history(known)
    open_to = _open(known)
    if open_to:
        return failed(
            f"{open_to}, by what {known.source} says of the default branch", _rules(known), places=(known.source,)
        )
    around = known.rules.get("bypass") or ()
    if around:
        names = ", ".join(str(each) for each in around[:4]) if isinstance(around, (list, tuple)) else str(around)
        return unknown(f"authors cannot approve their own changes, but {names} may merge without", _rules(known))
    seen = (
        f"none of {known.looked_at} merged changes was"
        if known.self_approved is not None
        else "merged changes were not looked at"
    )
    return passed(f"neither the author nor the last to push can approve a change; {seen}", _rules(known))


def _open(known: Reviews) -> str:
    """Which approval of one's own the rules leave possible; empty: none."""
    rules = known.rules
    demanded = rules.get("required_approvals", 0)
    if not isinstance(demanded, int) or demanded < 1:
        return "no approval is demanded at all"
    if "author_may_not" in rules:  # GitLab
        if rules["author_may_not"] is not True:
            return "authors may approve their own requests"
        return "" if rules.get("committers_may_not") is True else "who pushed commits to a request may approve it"
    return "" if rules.get("last_push_approval") is True else "the last to push may approve the change"


def _by_history(known: Reviews) -> Finding:
    figures = f"{known.by_request} of {known.looked_at} changes of the default branch came in by requests"
    if known.rules.get("people") == 1:
        return attest(f"One person wrote all of it ({figures}). {QUESTION}")
    if known.self_approved and known.source == "git history":
        return unknown(
            f"{known.self_approved} of {known.looked_at} commits name only their author as reviewer; what the platform enforces, git does not tell"
        )
    return unknown(
        f"{figures}; who may approve them, git does not tell: give --reviews FILE or --repository github:OWNER/NAME"
    )


def _rules(known: Reviews) -> Evidence:
    told = {key: value for key, value in known.rules.items() if key not in {"known", "people", "code_owners"}}
    return Evidence(
        what="what the platform enforces",
        where=known.source,
        extract=", ".join(f"{key} = {value}" for key, value in told.items())[:400],
    )
