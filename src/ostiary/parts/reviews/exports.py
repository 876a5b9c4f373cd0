"""Rulesets, protected branches, approvals and lists of merged changes of GitHub and GitLab, as their APIs and tools write them."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ostiary.parts.reviews.changes import Change, Told, inside, is_bot, joined, lists, login

_DEFAULT: Final = frozenset({"~DEFAULT_BRANCH", "~ALL"})
_DEEPEST: Final = 3
_NOBODY: Final = 0  # GitLab's access level "No access"


def read(data: Any, *, branch: str = "") -> Told:
    """What an exported document tells, whatever of the known shapes it has; nothing where it has none.

    :param branch: the default branch; empty: main or master.
    """
    return joined(_parts(data, branch, 0))


def _parts(data: Any, branch: str, depth: int) -> list[Told]:
    if depth > _DEEPEST:
        return []
    if isinstance(data, list):
        if (
            data
            and all(isinstance(inside(each, "type"), str) and "rules" not in each for each in lists(data))
            and _are_rules(data)
        ):
            return [_of_rules(lists(data), ())]
        return [part for each in data[:1000] for part in _parts(each, branch, depth + 1)]
    if not isinstance(data, Mapping):
        return []
    for fits, read_as in _SHAPES:
        if fits(data):
            return [read_as(data, branch)]
    return [
        part
        for each in list(data.values())[:50]
        if isinstance(each, (list, Mapping))
        for part in _parts(each, branch, depth + 1)
    ]


def _are_rules(data: Sequence[Any]) -> bool:
    return any(
        inside(each, "type") in {"pull_request", "non_fast_forward", "deletion", "required_status_checks"}
        for each in data
    )


def _ruleset(data: Mapping[str, Any], branch: str) -> Told:
    """A ruleset of GitHub (``GET /repos/{owner}/{repo}/rulesets/{id}``, or what its settings export)."""
    include = inside(data, "conditions", "ref_name", "include")
    exclude = inside(data, "conditions", "ref_name", "exclude")
    if data.get("target") == "tag" or data.get("enforcement") in {"disabled", "evaluate"}:
        return Told()
    if isinstance(include, list) and include and not _means_default(include, branch):
        return Told()
    if isinstance(exclude, list) and _means_default(exclude, branch):
        return Told()
    actors = [_actor(each) for each in lists(data.get("bypass_actors"))]
    return _of_rules(lists(data.get("rules")), tuple(each for each in actors if each))


def _means_default(patterns: Sequence[Any], branch: str) -> bool:
    names = [branch] if branch else ["main", "master"]
    plain = [str(each).removeprefix("refs/heads/") for each in patterns]
    return bool(_DEFAULT & {*plain}) or any(fnmatch.fnmatchcase(name, each) for each in plain for name in names)


def _actor(actor: Mapping[str, Any]) -> str:
    mode, kind = actor.get("bypass_mode"), actor.get("actor_type")
    return f"{kind} {actor.get('actor_id') or ''}".strip() if mode in {"always", "exempt", None} else ""


def _of_rules(rules: Sequence[Mapping[str, Any]], bypass: Sequence[str]) -> Told:
    asked = [each for each in rules if each.get("type") == "pull_request"]
    told: dict[str, object] = {
        "requests_only": bool(asked),
        "required_approvals": max(
            (_count(inside(each, "parameters", "required_approving_review_count")) for each in asked), default=0
        ),
        "code_owner_review": any(inside(each, "parameters", "require_code_owner_review") is True for each in asked),
        "dismiss_stale": any(inside(each, "parameters", "dismiss_stale_reviews_on_push") is True for each in asked),
        "last_push_approval": any(inside(each, "parameters", "require_last_push_approval") is True for each in asked),
        "bypass": list(bypass),
    }
    return Told(rules=told)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _protection(data: Mapping[str, Any], _branch: str) -> Told:
    """A protected branch of GitHub (``GET /repos/{owner}/{repo}/branches/{branch}/protection``)."""
    asked = data.get("required_pull_request_reviews")
    around = inside(asked, "bypass_pull_request_allowances")
    bypass = [
        login(each) or str(each.get("slug") or "")
        for kind in ("users", "teams", "apps")
        for each in lists(inside(around, kind))
    ]
    if inside(data, "enforce_admins", "enabled") is False:
        bypass.append("administrators")
    told: dict[str, object] = {
        "requests_only": isinstance(asked, Mapping),
        "required_approvals": _count(inside(asked, "required_approving_review_count")),
        "code_owner_review": inside(asked, "require_code_owner_reviews") is True,
        "dismiss_stale": inside(asked, "dismiss_stale_reviews") is True,
        "last_push_approval": inside(asked, "require_last_push_approval") is True,
        "bypass": bypass,
    }
    return Told(rules=told)


def _approvals(data: Mapping[str, Any], _branch: str) -> Told:
    """Settings of a GitLab project (``GET /projects/{id}/approvals``)."""
    told: dict[str, object] = {
        "author_may_not": data.get("merge_requests_author_approval") is False,
        "committers_may_not": data.get("merge_requests_disable_committers_approval") is True,
        "dismiss_stale": data.get("reset_approvals_on_push") is True,
        "bypass": [],
    }
    if _count(data.get("approvals_before_merge")):
        told["required_approvals"] = _count(data.get("approvals_before_merge"))
    return Told(rules=told)


def _approval_rule(data: Mapping[str, Any], _branch: str) -> Told:
    """One rule of approval of a GitLab project."""
    return Told(rules={"required_approvals": _count(data.get("approvals_required"))})


def _protected(data: Mapping[str, Any], branch: str) -> Told:
    """A protected branch of a GitLab project."""
    if not _means_default([data.get("name")], branch):
        return Told()
    pushing = lists(data.get("push_access_levels"))
    closed = bool(pushing) and all(each.get("access_level") == _NOBODY for each in pushing)
    return Told(rules={"requests_only": closed, "code_owner_review": data.get("code_owner_approval_required") is True})


def _pull(data: Mapping[str, Any], _branch: str) -> Told:
    """A merged pull or merge request with its reviews (GitHub's API, ``gh pr list --json``, GitLab's API)."""
    if data.get("merged_at") is None and "merged_at" in data and "iid" not in data:
        return Told()
    state = str(data.get("state") or "").lower()
    if state in {"open", "opened"}:
        return Told()
    author = data.get("user") or data.get("author")
    number = data.get("number") or data.get("iid")
    latest: dict[str, str] = {}
    for each in (*lists(data.get("reviews")), *lists(data.get("latestReviews"))):
        given = str(each.get("state") or "").upper()
        who = login(each.get("user") or each.get("author"))
        if who and given in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}:
            latest[who] = given
    approvers = [who for who, given in latest.items() if given == "APPROVED"]
    approvers += [
        login(each.get("user"))
        for each in lists(inside(data, "approvals", "approved_by")) or lists(data.get("approved_by"))
    ]
    commits = lists(data.get("commits"))
    pushed = commits[-1:] if "iid" not in data else []
    pushers = [login(each.get("author")) for each in pushed] + [
        login(one) for each in pushed for one in lists(each.get("authors"))
    ]
    name = f"{'!' if 'iid' in data else '#'}{number}"
    who = login(author)
    return Told(
        changes=(
            Change(
                name=name,
                author=who,
                approvers=tuple(dict.fromkeys(each for each in approvers if each)),
                pushers=tuple(dict.fromkeys(each for each in pushers if each)),
                bot=is_bot(who),
            ),
        )
    )


def _has_reviews(data: Mapping[str, Any]) -> bool:
    told = (
        any(key in data for key in ("reviews", "latestReviews", "approved_by"))
        or inside(data, "approvals", "approved_by") is not None
    )
    return told and ("number" in data or "iid" in data) and ("user" in data or "author" in data)


_SHAPES: Final = (
    (
        lambda data: "rules" in data and ("enforcement" in data or "conditions" in data or "bypass_actors" in data),
        _ruleset,
    ),
    (
        lambda data: (
            "required_pull_request_reviews" in data or ("enforce_admins" in data and "allow_deletions" in data)
        ),
        _protection,
    ),
    (lambda data: "merge_requests_author_approval" in data, _approvals),
    (lambda data: "approvals_required" in data and "rule_type" in data, _approval_rule),
    (lambda data: "push_access_levels" in data and "name" in data, _protected),
    (_has_reviews, _pull),
)
