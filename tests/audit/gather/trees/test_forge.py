"""Forges are asked read-only, with the token to their own host alone, and what they do not say is not known."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ostiary.audit.gather.trees.forge import told_by
from ostiary.errors import Unanswerable

PULL = {"number": 9, "state": "closed", "merged_at": "2026-11-20T10:00:00Z", "user": {"login": "ann", "type": "User"}}
GITHUB: dict[str, Any] = {
    "/repos/o/r": {"full_name": "o/r", "default_branch": "main"},
    "/repos/o/r/branches/main/protection": 403,
    "/repos/o/r/rules/branches/main": [
        {
            "type": "pull_request",
            "ruleset_id": 42,
            "parameters": {"required_approving_review_count": 1, "require_last_push_approval": True},
        }
    ],
    "/repos/o/r/rulesets/42": {"id": 42, "target": "branch", "enforcement": "active", "rules": [], "bypass_actors": []},
    "/repos/o/r/pulls": [PULL, {**PULL, "number": 8, "merged_at": None}],
    "/repos/o/r/pulls/9/reviews": [{"user": {"login": "ben", "type": "User"}, "state": "APPROVED"}],
    "/repos/o/r/pulls/9/commits": [{"sha": "c", "author": {"login": "ann"}}],
}
GITLAB: dict[str, Any] = {
    "/projects/g%2Fr": {"default_branch": "trunk"},
    "/projects/g%2Fr/approvals": {
        "merge_requests_author_approval": False,
        "merge_requests_disable_committers_approval": True,
    },
    "/projects/g%2Fr/approval_rules": [{"rule_type": "regular", "approvals_required": 2}],
    "/projects/g%2Fr/protected_branches": [{"name": "trunk", "push_access_levels": [{"access_level": 0}]}],
    "/projects/g%2Fr/merge_requests": [{"iid": 3, "state": "merged", "author": {"username": "ann"}}],
    "/projects/g%2Fr/merge_requests/3/approvals": {"approved_by": [{"user": {"username": "ben"}}]},
}


class Stub(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, replies: dict[str, Any]) -> None:
        self.replies = replies
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        super().__init__(("127.0.0.1", 0), Answering)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answering(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.seen.append((self.command, path, {key.lower(): value for key, value in self.headers.items()}))
        reply = self.server.replies.get(path, 404)
        status = reply if isinstance(reply, int) else 200
        body = json.dumps({"message": "x"} if isinstance(reply, int) else reply).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def stub(request: pytest.FixtureRequest) -> Iterator[Stub]:
    server = Stub(dict(request.param))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def github(stub: Stub) -> Any:
    return told_by("github:o/r", {"GITHUB_TOKEN": "gh-token", "GITHUB_API_URL": stub.url})


@pytest.mark.parametrize("stub", [GITHUB], indirect=True)
def test_github_tells_rules_and_reviews(stub: Stub) -> None:
    told, source = github(stub)
    assert source == stub.url.removeprefix("http://")
    assert told.rules["required_approvals"] == 1
    assert told.rules["last_push_approval"] is True
    assert [(each.name, each.reviewed) for each in told.changes] == [("#9", True)]
    assert {method for method, _, _ in stub.seen} == {"GET"}
    assert all(head["authorization"] == "Bearer gh-token" for _, _, head in stub.seen)


@pytest.mark.parametrize("stub", [{**GITHUB, "/repos/o/r/rules/branches/main": []}], indirect=True)
def test_a_branch_without_rules_demands_nothing(stub: Stub) -> None:
    told, _ = github(stub)
    assert told.rules == {"requests_only": False, "required_approvals": 0, "bypass": []}


@pytest.mark.parametrize("stub", [{**GITHUB, "/repos/o/r/rules/branches/main": 403}], indirect=True)
def test_rules_that_the_token_may_not_see_are_not_known(stub: Stub) -> None:
    assert github(stub)[0].rules is None


@pytest.mark.parametrize("stub", [{}, {"/repos/o/r": 401}, {"/repos/o/r": 302}, {"/repos/o/r": 500}], indirect=True)
def test_a_forge_that_refuses_leaves_the_question_open(stub: Stub) -> None:
    with pytest.raises(Unanswerable, match=r"knows no repository|answered (401|302|500)"):
        github(stub)


@pytest.mark.parametrize("stub", [GITLAB], indirect=True)
def test_gitlab_tells_approvals(stub: Stub) -> None:
    told, _ = told_by("gitlab:g/r", {"GITLAB_TOKEN": "gl", "CI_API_V4_URL": stub.url})
    assert told.rules == {
        "author_may_not": True,
        "committers_may_not": True,
        "dismiss_stale": False,
        "bypass": [],
        "required_approvals": 2,
        "requests_only": True,
        "code_owner_review": False,
    }
    assert [(each.name, each.reviewed) for each in told.changes] == [("!3", True)]


def test_without_a_token_nobody_is_asked() -> None:
    with pytest.raises(Unanswerable, match="set GITHUB_TOKEN"):
        told_by("github:o/r", {"GITHUB_API_URL": "http://127.0.0.1:1"})


def test_a_token_does_not_travel_in_clear_text() -> None:
    with pytest.raises(Unanswerable, match="clear text"):
        told_by("github:o/r", {"GITHUB_TOKEN": "x", "GITHUB_API_URL": "http://git.example.com/api/v3"})


def test_nobody_listening_is_said() -> None:
    with pytest.raises(Unanswerable, match="did not answer"):
        told_by("github:o/r", {"GITHUB_TOKEN": "x", "GITHUB_API_URL": "http://127.0.0.1:1"})
