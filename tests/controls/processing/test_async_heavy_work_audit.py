"""Long work in a request is found; short work, a 202 and names that promise nothing are not."""

from __future__ import annotations

import asyncio
from typing import Any

from exchanges import api_of
from ostiary.controls.processing.async_heavy_work.live import audit_live
from ostiary.controls.processing.async_heavy_work.spec import audit_spec
from ostiary.evidence import Answer, Asked, Spec
from ostiary.model import Finding, Outcome
from recorded import Recorded

API = api_of({"/items": {"get": {}}, "/reports/export": {"get": {}}})


class Working(Recorded):
    def __init__(self, seconds: float, *, holds_up: bool = False, status: int = 200, api: Any = API) -> None:
        super().__init__(api=api)
        self.seconds, self.holds_up, self.status, self.busy = seconds, holds_up, status, False

    async def send(self, method: str, target: str, **rest: Any) -> Answer:
        heavy = target == "/reports/export"
        seconds = self.seconds if heavy or (self.busy and self.holds_up) else 0.01
        if heavy:
            self.busy = True
            try:
                await asyncio.sleep(0.15)
            finally:
                self.busy = False
        return Answer(asked=Asked(method=method, target=target), status=self.status if heavy else 200, seconds=seconds)


def asked(http: Recorded) -> Finding:
    return asyncio.run(audit_live(http))


def test_work_beyond_the_budget_is_found() -> None:
    finding = asked(Working(12.0))
    assert finding.outcome is Outcome.FAIL
    assert finding.places == ("GET /reports/export",)


def test_work_that_makes_others_wait_is_found_and_work_beside_them_is_not() -> None:
    assert "waits as well" in asked(Working(2.0, holds_up=True)).why
    assert asked(Working(2.0)).outcome is not Outcome.FAIL


def test_short_work_and_work_that_is_handed_on_pass() -> None:
    assert asked(Working(0.2)).outcome is Outcome.PASS
    assert asked(Working(0.2, status=202)).outcome is Outcome.PASS


def test_names_that_promise_nothing_are_not_concerned() -> None:
    assert asked(Working(0.2, api=api_of({"/items": {"get": {}}}))).outcome is Outcome.NOT_APPLICABLE


def test_a_document_has_202_or_pages_or_says_nothing() -> None:
    def spec(item: dict[str, Any]) -> Outcome:
        return asyncio.run(audit_spec(Spec(api=api_of({"/orders/bulk": {"post": item}})))).outcome

    assert spec({"responses": {"202": {"description": "later"}}}) is Outcome.PASS
    assert spec({"parameters": [{"name": "page_size", "in": "query", "schema": {"type": "integer"}}]}) is Outcome.PASS
    assert spec({}) is Outcome.UNKNOWN
