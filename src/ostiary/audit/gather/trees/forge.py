"""GitHub and GitLab are asked how a repository's changes are reviewed: read-only, bounded, with a token of the environment."""

from __future__ import annotations

import json
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

from ostiary.errors import Unanswerable
from ostiary.parts.reviews import exports
from ostiary.parts.reviews.changes import Told, inside, joined, lists

CHANGES: Final = 25  # merged ones that are looked at, the newest
SECONDS: Final = 10.0
_LARGEST: Final = 2 * 1024 * 1024  # bytes of one reply
_REQUESTS: Final = 90
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def told_by(repository: str, environ: Mapping[str, str] = os.environ) -> tuple[Told, str]:
    """Rules and recent merged changes of ``github:owner/name`` or ``gitlab:group/name``, and the host that told them.

    :raises Unanswerable: when there is no token, or the forge does not answer.
    """
    kind, _, name = repository.partition(":")
    if kind == "github":
        return _github(name, environ)
    if kind == "gitlab":
        return _gitlab(name, environ)
    raise Unanswerable(f"{repository} names no forge that is known: github:owner/name or gitlab:group/name")


class _Forge:
    """One API; a token is sent to its own host alone, and redirects are not followed."""

    def __init__(self, base: str, headers: Mapping[str, str]) -> None:
        parts = urllib.parse.urlsplit(base)
        self.host = parts.netloc
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise Unanswerable(f"{self.host} would be asked in clear text")
        self._base = base.rstrip("/")
        self._headers = {"User-Agent": "ostiary", "Accept": "application/json", **headers}
        self._left = _REQUESTS
        self._opener = urllib.request.build_opener(
            _Staying, urllib.request.HTTPSHandler(context=ssl.create_default_context())
        )

    def get(self, path: str, *, absent: tuple[int, ...] = (404,)) -> Any:
        """The JSON of a reply; None where the forge says that there is nothing, or that the token may not see it."""
        if not self._left:
            return None
        self._left -= 1
        request = urllib.request.Request(f"{self._base}{path}", headers=self._headers)  # noqa: S310 - https, or loopback, as checked
        try:
            with self._opener.open(request, timeout=SECONDS) as reply:
                return json.loads(reply.read(_LARGEST))
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in absent:
                return None
            raise Unanswerable(f"{self.host} answered {error.code} to {path.partition('?')[0]}") from error
        except (OSError, ValueError, RecursionError) as error:
            raise Unanswerable(f"{self.host} did not answer: {type(error).__name__}") from error


class _Staying(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Nowhere: what is asked stays where it was asked."""


def _token(environ: Mapping[str, str], *names: str) -> str:
    for name in names:
        token = environ.get(name, "").strip()
        if token and token.isprintable():
            return token
    raise Unanswerable(f"no token to ask with: set {names[0]}")


def _github(name: str, environ: Mapping[str, str]) -> tuple[Told, str]:
    token = _token(environ, "GITHUB_TOKEN", "GH_TOKEN")
    forge = _Forge(
        environ.get("GITHUB_API_URL") or "https://api.github.com",
        {"Authorization": f"Bearer {token}", "X-GitHub-Api-Version": "2022-11-28"},
    )
    home = f"/repos/{urllib.parse.quote(name)}"
    about = forge.get(home)
    branch = inside(about, "default_branch")
    if not isinstance(branch, str):
        raise Unanswerable(f"{forge.host} knows no repository {name}, or the token may not see it")
    hidden = (401, 403, 404)
    at = urllib.parse.quote(branch, safe="")
    parts = [exports.read(forge.get(f"{home}/branches/{at}/protection", absent=hidden), branch=branch)]
    active = forge.get(f"{home}/rules/branches/{at}", absent=hidden)
    listed = lists(active)
    parts.append(exports.read(active, branch=branch) if listed else Told())
    rulesets = dict.fromkeys(each.get("ruleset_id") for each in listed)
    numbers = [each for each in rulesets if isinstance(each, int)]
    parts += [exports.read(forge.get(f"{home}/rulesets/{each}", absent=hidden), branch=branch) for each in numbers]
    told = joined(parts)
    if told.rules is None and active == []:
        told = Told(rules={"requests_only": False, "required_approvals": 0, "bypass": []})
    changes = [_pull(forge, home, each) for each in _merged(forge, home, branch)]
    return joined([told, *changes]), forge.host


def _merged(forge: _Forge, home: str, branch: str) -> list[Mapping[str, Any]]:
    at = urllib.parse.quote(branch, safe="")
    pulls = lists(forge.get(f"{home}/pulls?state=closed&base={at}&sort=updated&direction=desc&per_page=50"))
    return [each for each in pulls if each.get("merged_at")][:CHANGES]


def _pull(forge: _Forge, home: str, pull: Mapping[str, Any]) -> Told:
    number = pull.get("number")
    if not isinstance(number, int):
        return Told()
    reviews = forge.get(f"{home}/pulls/{number}/reviews?per_page=100")
    commits = forge.get(f"{home}/pulls/{number}/commits?per_page=100") if lists(reviews) else []
    return exports.read({**pull, "reviews": lists(reviews), "commits": lists(commits)})


def _gitlab(name: str, environ: Mapping[str, str]) -> tuple[Told, str]:
    token = _token(environ, "GITLAB_TOKEN")
    forge = _Forge(environ.get("CI_API_V4_URL") or "https://gitlab.com/api/v4", {"PRIVATE-TOKEN": token})
    home = f"/projects/{urllib.parse.quote(name, safe='')}"
    branch = inside(forge.get(home), "default_branch")
    if not isinstance(branch, str):
        raise Unanswerable(f"{forge.host} knows no project {name}, or the token may not see it")
    hidden = (401, 403, 404)
    parts = [
        exports.read(forge.get(f"{home}/{each}", absent=hidden), branch=branch)
        for each in ("approvals", "approval_rules", "protected_branches?per_page=100")
    ]
    at = urllib.parse.quote(branch, safe="")
    merged = lists(
        forge.get(f"{home}/merge_requests?state=merged&target_branch={at}&order_by=updated_at&per_page={CHANGES}")
    )
    for each in merged[:CHANGES]:
        approvals = forge.get(f"{home}/merge_requests/{each.get('iid')}/approvals", absent=hidden)
        if approvals is not None:
            parts.append(exports.read({**each, "approvals": approvals}))
    return joined(parts), forge.host
