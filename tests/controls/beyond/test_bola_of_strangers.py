"""Objects of people who were there before: carts that are read by their number, as a shop of many lessons has them."""

from __future__ import annotations

import asyncio
from typing import Any

from closing import Request, Response
from library import PATHS, Library, closed, document, hole, opened, say
from ostiary.audit.result import Result
from ostiary.audit.run import audit
from ostiary.controls.beyond.bola_differential_test.strangers import _is_ones_own
from ostiary.model import Operation, Outcome

ID = "beyond.bola-differential-test"
COLLECTION = ("carts", "posts")


class Shop(Library):
    """Everybody has a number; the first three were there before, and own a cart and a post each."""

    def __init__(self, *faults: str) -> None:
        super().__init__(faults)
        self.owned = {str(each): {"id": each, "UserId": each, "coupon": None} for each in (1, 2, 3)}

    def register(self, body: dict[str, Any]) -> Response:
        answer = super().register(body)
        if answer.status == 201:
            self.users[body["username"]]["id"] = 20 + len(self.users)
        return answer

    def about_users(self, request: Request, parts: list[str], body: dict[str, Any], who: str) -> Response:
        if parts[0] not in COLLECTION:
            return super().about_users(request, parts, body, who)
        if len(parts) == 1:
            return say(200, list(self.owned.values())) if "listed" in self.faults else say(403, {"error": "no"})
        found = self.owned.get(parts[1])
        if found is None:
            return say(404, {"error": "none"})
        return say(200, {"status": "success", "data": found}) if "carts" in self.faults else say(403, {"error": "no"})


def found(*faults: str, noun: str = "carts") -> Result:
    paths = {
        **PATHS,
        f"/{noun}": {"get": closed()},
        f"/{noun}/{{id}}": {"get": closed(parameters=[hole("id", "integer")])},
    }
    with opened(server=Shop(*faults)) as (url, _):
        return asyncio.run(audit(url, api=document(paths), only=[ID], nonce="t0")).results[0]


def test_carts_of_strangers_are_found_though_none_can_be_made() -> None:
    result = found("carts")
    assert result.outcome is Outcome.FAIL, result.why
    assert result.findings[0].places == ("GET /carts/{id}",)


def test_carts_that_are_refused_are_no_finding() -> None:
    assert found().outcome is Outcome.PASS


def test_what_is_written_for_others_to_read_is_no_finding() -> None:
    assert found("carts", noun="posts").outcome is Outcome.PASS


def test_what_a_list_shows_to_everybody_is_not_judged_here() -> None:
    assert found("carts", "listed").outcome is Outcome.PASS


def test_kinds_that_belong_to_one_person() -> None:
    own = [
        _is_ones_own(Operation(method="GET", path=each))
        for each in (
            "/rest/basket/{id}",
            "/api/Addresses/{id}",
            "/shoppingCarts/{id}",
            "/v1/order-items/{id}",
            "/api/posts/{id}",
        )
    ]
    assert own == [True, True, True, False, False]
