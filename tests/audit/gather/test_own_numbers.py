"""Where nothing reads a profile, the reply to signing in tells which entry among the users is one's own."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from closing import Request, Response, app_of
from library import closed, document, hole, living, say, taking
from loop import stage
from ostiary.audit.run import audit
from ostiary.model import Outcome
from ostiary.parts.accounts import Account, Told

PATHS: dict[str, Any] = {
    "/tokens": {"post": taking("username", "password")},
    "/user/{user_id}": {"get": closed(parameters=[hole("user_id", "integer")])},
}


class Numbers:
    """Users by number; their tokens come as objects, and refusals are errors in an envelope of 200."""

    def __init__(self, *, sound: bool) -> None:
        self.sound = sound

    def __call__(self, request: Request) -> Response:
        if request.path == "/tokens":
            given = json.loads(request.body or b"{}")
            number = {"user4": 4, "user7": 7}.get(str(given.get("username")))
            if number is None or given.get("password") != f"pass{number}":
                return say(200, {"error": {"message": "no"}})
            token = {"id": f"ba30c4d109660cb5b3ade3eada364bb{number}"}
            return say(200, {"access": {"user": {"id": number, "name": f"user{number}"}, "token": token}})
        who = request.headers.get("authorization", "").removeprefix("Bearer ba30c4d109660cb5b3ade3eada364bb")
        asked = request.path.rpartition("/")[2]
        if who not in {"4", "7"} or asked not in {"4", "7"} or (self.sound and who != asked):
            return say(200, {"response": {"error": {"message": "not yours"}}})
        return say(200, {"response": {"user": {"id": int(asked), "name": f"user{asked}", "password": f"pass{asked}"}}})


def asked(*, sound: bool) -> Outcome:
    accounts = {
        name: Account(user=f"user{number}", password=Told(text=f"pass{number}"))
        for name, number in (("ann", 4), ("ben", 7))
    }
    with stage.serving(living(app_of(Numbers(sound=sound)))) as port:
        report = asyncio.run(
            audit(
                f"http://127.0.0.1:{port}", api=document(PATHS), only=["userdata.ownership-check"], nonce="t0",
                accounts=accounts,
            )
        )  # fmt: skip
    return report.results[0].outcome


def test_ones_own_entry_is_found_and_tried_by_the_other() -> None:
    assert asked(sound=False) is Outcome.FAIL
    assert asked(sound=True) is Outcome.PASS
