"""An ordinary user at an administrator's door: accused only where it is certain that he is one."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from closing import InProcess, Request, Response, app_of, audited
from exchanges import api_of
from minting import SECRET
from ostiary.evidence import Account
from ostiary.model import Finding, Outcome
from shop import OK

ID = "beyond.function-level-authorization"
SECURED: dict[str, Any] = {"get": {"security": [{"bearer": []}], "responses": OK}}
API = api_of({"/me": SECURED, "/admin/users": SECURED})


def token(**claims: Any) -> str:
    return jwt.encode({"sub": "u-1", **claims}, SECRET, algorithm="HS256")


def judged(said: Response, identities: dict[str, str], *, nobody: int = 401, spelt: Response | None = None) -> Finding:
    def respond(request: Request) -> Response:
        if "authorization" not in request.headers:
            return Response(nobody, "{}") if request.path == "/admin/users" else Response(401, "{}")
        if request.path == "/me":
            return Response(200, '{"id": 1}')
        if request.path == "/admin/users":
            return said
        return spelt or Response(404, "{}")

    credentials = {name: ("authorization", f"Bearer {each}") for name, each in identities.items()}
    return audited(ID, InProcess(app_of(respond), API, credentials=credentials))


USERS = Response(200, '{"users": [{"id": 1}]}')
NO = Response(403, "{}")
ORDINARY = {"me": token(roles=["customer"])}


def test_an_ordinary_user_who_is_let_in_is_the_finding() -> None:
    assert judged(USERS, ORDINARY).outcome is Outcome.FAIL
    assert judged(USERS, {"user": "opaque"}).outcome is Outcome.FAIL  # so the operator says


@pytest.mark.parametrize(
    "given", [{"me": token(roles=["admin"])}, {"admin": "opaque"}, {"me": token(is_superuser=True)}]
)
def test_an_administrator_who_is_let_in_is_not(given: dict[str, str]) -> None:
    assert judged(USERS, given).outcome is Outcome.UNKNOWN


def test_whom_the_operator_calls_privileged_is_no_ordinary_user() -> None:
    """Whatever the token says: Directus' names a role by its id."""

    class Told(InProcess):
        def account(self, identity: str) -> Account:
            return Account(name=identity, privileged=True)

    def respond(request: Request) -> Response:
        return USERS if "authorization" in request.headers else Response(401, "{}")

    credentials = {"me": ("authorization", f"Bearer {token(roles=['customer'])}")}
    assert audited(ID, Told(app_of(respond), API, credentials=credentials)).outcome is Outcome.UNKNOWN
    assert audited(ID, InProcess(app_of(respond), API, credentials=credentials)).outcome is Outcome.FAIL


@pytest.mark.parametrize("given", [{"default": "opaque"}, {"default": token(scope="openid")}])
def test_whoever_nothing_is_known_of_is_not_accused(given: dict[str, str]) -> None:
    assert judged(USERS, given).outcome is Outcome.UNKNOWN


def test_a_refusal_passes_and_so_does_one_in_disguise() -> None:
    assert judged(NO, ORDINARY).outcome is Outcome.PASS
    page = Response(200, "<!doctype html><html><body>Forbidden</body></html>", [("content-type", "text/html")])
    assert judged(page, ORDINARY).outcome is not Outcome.FAIL
    assert judged(Response(200, '{"success": false}'), ORDINARY).outcome is Outcome.PASS


def test_another_spelling_of_the_path_is_the_finding() -> None:
    finding = judged(NO, ORDINARY, spelt=USERS)
    assert (finding.outcome, "spelt otherwise" in finding.why) == (Outcome.FAIL, True)


def test_what_nobody_is_refused_is_another_finding() -> None:
    assert judged(USERS, ORDINARY, nobody=200).outcome is Outcome.UNKNOWN


def test_no_such_operation_no_such_question() -> None:
    none = api_of({"/me": SECURED, "/manage/subscriptions": SECURED})
    assert audited(ID, InProcess(app_of(lambda _: Response()), none)).outcome is Outcome.NOT_APPLICABLE
