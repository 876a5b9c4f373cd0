"""The platform demands an approval, and merged changes show one by somebody else; a history alone seldom tells."""

from __future__ import annotations

from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.pipeline import Reviews
from ostiary.evidence.tree import Tree
from ostiary.model import Evidence, Finding, attest, failed, passed, unknown

QUESTION: Final = (
    "How is human review of every change enforced (attach the review policy, the branch protection settings and"
    " one recent reviewed change)?"
)
_MOST: Final = 0.9  # of changes, where the platform demands an approval of each
_ENOUGH: Final = 20  # commits that say something about habits


async def audit_ci(tree: Tree) -> Finding:
    """Ask the platform's rules first, then what was merged."""
    try:
        known = tree.reviews
    except Unanswerable as error:
        if tree.form != "folder" or "no git history" in str(error):
            return attest(f"{error}. {QUESTION}")
        raise
    if not known.rules.get("known"):
        return _by_history(known)
    demanded = known.rules.get("required_approvals", 0)
    if not isinstance(demanded, int) or demanded < 1 or known.rules.get("requests_only") is False:
        why = (
            "nothing stops a push without a request"
            if known.rules.get("requests_only") is False
            else "no approval is demanded"
        )
        return failed(
            f"{why}, by what {known.source} says of the default branch", _rules(known), places=(known.source,)
        )
    return _enforced(known, demanded)


def _enforced(known: Reviews, demanded: int) -> Finding:
    around = known.rules.get("bypass") or ()
    left = known.looked_at - known.reviewed if known.reviewed is not None else 0
    if left:
        named = ", ".join(known.places[:5])
        why = f"{left} of {known.looked_at} merged changes had no approval by anybody but their author ({named})"
        return failed(why, _rules(known), places=known.places, facts={"unreviewed": list(known.places)})
    if around:
        return unknown(
            f"{demanded} approval{'s' * (demanded > 1)} demanded, and a way around for {_names(around)}", _rules(known)
        )
    if known.reviewed is None and (known.by_request is None or known.by_request < _MOST * known.looked_at):
        return unknown(
            f"{demanded} approval{'s' * (demanded > 1)} demanded; whether changes had them, nothing here tells",
            _rules(known),
        )
    seen = (
        f"all {known.looked_at} merged changes had one"
        if known.reviewed is not None
        else f"{known.by_request} of {known.looked_at} changes came in by requests"
    )
    return passed(
        f"{demanded} approval{'s' * (demanded > 1)} demanded of every change, without a way around; {seen}",
        _rules(known),
    )


def _by_history(known: Reviews) -> Finding:
    people = known.rules.get("people")
    if known.reviewed is not None and known.source != "git history":
        if known.reviewed < known.looked_at:
            left = known.looked_at - known.reviewed
            why = f"{left} of {known.looked_at} merged changes had no approval by anybody but their author"
            return failed(why, Evidence(what=why, where=known.source), places=known.places)
        return unknown(
            f"all {known.looked_at} merged changes were approved by somebody else; what enforces it is not known ({known.source})"
        )
    if known.reviewed is not None and known.looked_at >= _ENOUGH and known.reviewed == known.looked_at:
        return passed(
            f"each of {known.looked_at} changes names a reviewer who is not its author",
            Evidence(what="trailers of commits", where=known.source),
        )
    figures = f"{known.by_request} of {known.looked_at} changes of the default branch came in by requests"
    if people == 1:
        return attest(f"One person wrote all of it ({figures}). {QUESTION}")
    return unknown(
        f"{figures}; who approved them, git does not tell: give --reviews FILE or --repository github:OWNER/NAME"
    )


def _rules(known: Reviews) -> Evidence:
    told = {key: value for key, value in known.rules.items() if key not in {"known", "people", "code_owners"}}
    return Evidence(
        what="what the platform enforces",
        where=known.source,
        extract=", ".join(f"{key} = {value}" for key, value in told.items())[:400],
    )


def _names(around: object) -> str:
    return ", ".join(str(each) for each in around[:4]) if isinstance(around, (list, tuple)) else str(around)
