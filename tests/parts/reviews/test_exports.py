"""Rulesets, protections and reviews in the shapes that GitHub and GitLab write them."""

from __future__ import annotations

from typing import Any

from ostiary.parts.reviews.exports import read

PULL_REQUEST = {
    "type": "pull_request",
    "parameters": {
        "required_approving_review_count": 1,
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": True,
        "require_last_push_approval": True,
        "required_review_thread_resolution": False,
    },
}


def ruleset(**more: Any) -> dict[str, Any]:
    return {
        "id": 42,
        "name": "main",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "bypass_actors": [],
        "rules": [{"type": "deletion"}, {"type": "non_fast_forward"}, PULL_REQUEST],
        **more,
    }


def rules(data: Any, branch: str = "") -> dict[str, Any]:
    return dict(read(data, branch=branch).rules or {})


def test_a_ruleset_of_the_default_branch() -> None:
    assert rules(ruleset()) == {
        "requests_only": True,
        "required_approvals": 1,
        "code_owner_review": True,
        "dismiss_stale": True,
        "last_push_approval": True,
        "bypass": [],
    }


def test_a_ruleset_that_does_not_hold_there_says_nothing() -> None:
    assert rules(ruleset(enforcement="evaluate")) == {}
    assert rules(ruleset(target="tag")) == {}
    assert rules(ruleset(conditions={"ref_name": {"include": ["refs/heads/release/*"], "exclude": []}})) == {}
    assert rules(ruleset(conditions={"ref_name": {"include": ["~ALL"], "exclude": ["refs/heads/main"]}})) == {}
    only = ruleset(conditions={"ref_name": {"include": ["refs/heads/trunk"], "exclude": []}})
    assert rules(only, "trunk")["required_approvals"] == 1


def test_who_may_go_around_is_named() -> None:
    actors = [
        {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"},
        {"actor_id": 7, "actor_type": "Team", "bypass_mode": "pull_request"},
    ]
    assert rules(ruleset(bypass_actors=actors))["bypass"] == ["RepositoryRole 5"]


def test_a_list_of_active_rules() -> None:
    assert rules([{**PULL_REQUEST, "ruleset_id": 42}, {"type": "deletion"}])["last_push_approval"] is True


def test_a_protected_branch() -> None:
    protection = {
        "url": "https://api.github.com/repos/o/r/branches/main/protection",
        "required_pull_request_reviews": {
            "dismiss_stale_reviews": False,
            "require_code_owner_reviews": False,
            "required_approving_review_count": 2,
            "require_last_push_approval": False,
            "bypass_pull_request_allowances": {"users": [{"login": "root"}], "teams": [], "apps": []},
        },
        "enforce_admins": {"enabled": False},
        "allow_force_pushes": {"enabled": False},
    }
    found = rules(protection)
    assert (found["required_approvals"], found["last_push_approval"]) == (2, False)
    assert found["bypass"] == ["root", "administrators"]


def test_a_protection_and_a_ruleset_add_up() -> None:
    protection = {
        "required_pull_request_reviews": {"required_approving_review_count": 2},
        "enforce_admins": {"enabled": True},
    }
    found = rules({"protection": protection, "rulesets": [ruleset()]})
    assert (found["required_approvals"], found["last_push_approval"]) == (2, True)


def test_pulls_as_the_client_prints_them() -> None:
    told = read(
        [
            {"number": 1, "author": {"login": "ann"}, "reviews": [{"author": {"login": "ben"}, "state": "APPROVED"}]},
            {"number": 2, "author": {"login": "ann"}, "reviews": []},
            {"number": 3, "author": {"login": "app/dependabot", "is_bot": True}, "reviews": []},
            {
                "number": 4,
                "author": {"login": "ann"},
                "reviews": [{"author": {"login": "coderabbitai"}, "state": "APPROVED"}],
            },
            {
                "number": 5,
                "author": {"login": "ann"},
                "reviews": [{"author": {"login": "ben"}, "state": "APPROVED"}],
                "commits": [{"authors": [{"login": "ann"}]}, {"authors": [{"login": "ben"}]}],
            },
            {
                "number": 6,
                "author": {"login": "ann"},
                "reviews": [{"author": {"login": "ben"}, "state": state} for state in ("APPROVED", "DISMISSED")],
            },
        ]
    )
    assert [(each.name, each.reviewed, each.self_approved, each.bot) for each in told.changes] == [
        ("#1", True, False, False),
        ("#2", False, False, False),
        ("#3", False, False, True),
        ("#4", False, True, False),
        ("#5", False, True, False),
        ("#6", False, False, False),
    ]


def test_settings_and_requests_of_gitlab() -> None:
    told = read(
        {
            "approvals": {
                "approvals_before_merge": 0,
                "reset_approvals_on_push": True,
                "merge_requests_author_approval": True,
                "merge_requests_disable_committers_approval": False,
            },
            "approval_rules": [{"id": 1, "name": "any", "rule_type": "any_approver", "approvals_required": 1}],
            "protected_branches": [
                {
                    "name": "main",
                    "push_access_levels": [{"access_level": 40}],
                    "merge_access_levels": [{"access_level": 30}],
                }
            ],
            "merge_requests": [
                {
                    "iid": 7,
                    "author": {"username": "ann"},
                    "state": "merged",
                    "approvals": {"approved_by": [{"user": {"username": "ann"}}]},
                }
            ],
        }
    )
    assert told.rules is not None
    assert told.rules["author_may_not"] is False
    assert told.rules["required_approvals"] == 1
    assert told.rules["requests_only"] is False
    assert [(each.name, each.self_approved) for each in told.changes] == [("!7", True)]


def test_what_is_something_else_says_nothing() -> None:
    data: object
    for data in (
        None,
        7,
        "x",
        [],
        {},
        {"a": [{"b": {"c": {"d": {"rules": []}}}}]},
        [[[[[]]]]],
        {"rules": 5, "enforcement": 5},
    ):
        told = read(data)
        assert told.changes == ()
