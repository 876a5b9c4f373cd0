"""A finding that cannot be seen twice is no finding; one that can is surer; and the world may move on meanwhile."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from audit.listening import serving
from audit.test_run import Things, of
from ostiary import catalogue
from ostiary.audit.run import audit
from ostiary.evidence import Http
from ostiary.model import Confidence, Control, Finding, Kind, Outcome, Probe, failed

ID = "input.method-405"
Check = Callable[[Http], Awaitable[Finding]]


class Changing(Things):
    """Answers ``/odd`` as `answers` say, the last one for ever."""

    def __init__(self, *answers: tuple[int, dict[str, str]], body: str = "{}") -> None:
        super().__init__()
        self.answers = list(answers)
        self.body = body
        self.odd = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] != "/odd":
            await super().__call__(scope, receive, send)
            return
        status, headers = self.answers[min(self.odd, len(self.answers) - 1)]
        self.odd += 1
        data = self.body.replace("COUNT", str(self.odd)).encode()
        pairs = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
        pairs += [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": data})


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Finding]:
    """What the report says after one check has said its piece."""

    def ask(app: Any, check: Check, **options: Any) -> Finding:
        real = catalogue.control

        def control(control_id: str) -> Control:
            one = real(control_id)
            audits = {Kind.LIVE: check} if control_id == ID else {}
            return dataclasses.replace(one, audits=audits, probe=Probe.ACTIVE)

        monkeypatch.setattr(catalogue, "control", control)
        with serving(app) as base:
            report = asyncio.run(audit(base, only=[ID], find=False, **options))
        return of(report, ID).findings[0]

    return ask


def odd(why: str = "it is odd", *, method: str = "GET", **more: Any) -> Check:
    async def check(http: Http) -> Finding:
        answer = await http.send(method, "/odd", fresh=True, identity=more.pop("identity", None))
        return failed(why, http.show(answer, "odd"), **more)

    return check


def test_what_is_seen_twice_is_certain(found: Callable[..., Finding]) -> None:
    app = Changing((200, {}))
    finding = found(app, odd())
    assert (finding.outcome, finding.confidence) == (Outcome.FAIL, Confidence.CERTAIN)
    assert app.odd == 2


def test_what_answers_differently_is_unknown_and_says_so(found: Callable[..., Finding]) -> None:
    finding = found(Changing((500, {}), (200, {})), odd("it broke"))
    assert finding.outcome is Outcome.UNKNOWN
    assert finding.why == "flaky: answered differently the second time (it broke)"
    assert finding.kind is Kind.LIVE
    assert finding.evidence


def test_a_header_counts_when_the_finding_speaks_of_it(found: Callable[..., Finding]) -> None:
    answers: tuple[tuple[int, dict[str, str]], ...] = ((200, {}), (200, {"x-frame-options": "DENY"}))
    assert found(Changing(*answers), odd("X-Frame-Options is missing")).outcome is Outcome.UNKNOWN
    assert found(Changing(*answers), odd("anybody may read it")).outcome is Outcome.FAIL


def test_numbers_and_ids_in_replies_are_nobodys_to_compare(found: Callable[..., Finding]) -> None:
    app = Changing((200, {"server": "x/1 at 10:00:01"}), (200, {"server": "x/1 at 10:00:02"}), body='{"n": COUNT}')
    assert found(app, odd("Server names software")).confidence is Confidence.CERTAIN


def test_a_list_that_grew_meanwhile_is_the_same_list(found: Callable[..., Finding]) -> None:
    """Checks run side by side, and some create objects."""

    class Growing(Changing):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            self.body = "[" + ", ".join(f'{{"id": {n}, "name": "x{n}"}}' for n in range(self.odd + 1)) + "]"
            await super().__call__(scope, receive, send)

    assert found(Growing((200, {})), odd()).confidence is Confidence.CERTAIN


def test_another_body_leaves_it_as_sure_as_it_was(found: Callable[..., Finding]) -> None:
    class Other(Changing):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            self.body = '{"trace": "here"}' if not self.odd else '{"all": "well"}'
            await super().__call__(scope, receive, send)

    finding = found(Other((200, {})), odd())
    assert (finding.outcome, finding.confidence) == (Outcome.FAIL, Confidence.FIRM)


@pytest.mark.parametrize("status", [404, 410, 429, 503])
def test_what_is_gone_or_busy_by_now_does_not_take_a_finding_back(found: Callable[..., Finding], status: int) -> None:
    finding = found(Changing((200, {}), (status, {})), odd())
    assert (finding.outcome, finding.confidence) == (Outcome.FAIL, Confidence.FIRM)


def test_a_credential_that_was_revoked_for_the_finding_does_not_take_it_back(found: Callable[..., Finding]) -> None:
    """An audit that put a token into a URL may see it refused from then on."""
    app = Changing((200, {}), (401, {}))
    finding = found(app, odd(identity="alice"), identities={"alice": [("Authorization", "Bearer abcdefgh")]})
    assert finding.outcome is Outcome.FAIL
    anonymous = found(Changing((200, {}), (401, {})), odd(identity=""))
    assert anonymous.outcome is Outcome.UNKNOWN  # nobody's access has nothing to lose


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_writes_are_not_repeated(found: Callable[..., Finding], method: str) -> None:
    app = Changing((200, {}), (500, {}))
    finding = found(app, odd(method=method))
    assert (finding.outcome, finding.confidence, app.odd) == (Outcome.FAIL, Confidence.FIRM, 1)


def test_reads_that_carry_a_method_or_a_one_time_code_are_not_repeated(found: Callable[..., Finding]) -> None:
    app = Things()

    async def check(http: Http) -> Finding:
        overridden = await http.send("GET", "/things", headers=[("X-HTTP-Method-Override", "DELETE")], fresh=True)
        once = await http.send("GET", "/things?otp=123456", fresh=True)
        return failed("w", http.show(overridden, "o"), http.show(once, "c"))

    assert found(app, check).confidence is Confidence.FIRM
    assert app.asked.count(("GET", "/things")) == 2


def test_a_check_that_confirmed_itself_is_believed(found: Callable[..., Finding]) -> None:
    app = Changing((200, {}), (500, {}))
    finding = found(app, odd(confidence=Confidence.CERTAIN))
    assert (finding.outcome, app.odd) == (Outcome.FAIL, 1)


def test_signs_stay_signs_however_often_they_are_seen(found: Callable[..., Finding]) -> None:
    assert found(Changing((200, {})), odd(confidence=Confidence.TENTATIVE)).confidence is Confidence.TENTATIVE


def test_of_a_list_one_line_is_enough_but_a_comparison_needs_both_sides(found: Callable[..., Finding]) -> None:
    def two(**more: Any) -> Check:
        async def check(http: Http) -> Finding:
            steady = await http.send("GET", "/things", fresh=True)
            answer = await http.send("GET", "/odd", fresh=True)
            return failed("w", http.show(steady, "a"), http.show(answer, "b"), **more)

        return check

    assert found(Changing((200, {}), (500, {})), two()).outcome is Outcome.FAIL
    assert found(Changing((200, {}), (500, {})), two(proof="one is like the other")).outcome is Outcome.UNKNOWN


def test_a_header_that_is_missing_everywhere_needs_not_every_reply_again(found: Callable[..., Finding]) -> None:
    def two(why: str) -> Check:
        async def check(http: Http) -> Finding:
            read = await http.send("GET", "/things", fresh=True)
            written = await http.send("POST", "/things", body=b'{"name": "x"}', fresh=True)
            return failed(why, http.show(read, "a"), http.show(written, "b"))

        return check

    assert found(Things(), two("X-Content-Type-Options is missing")).confidence is Confidence.CERTAIN
    assert found(Things(), two("anybody may write")).confidence is Confidence.FIRM


def test_confirming_costs_at_most_three_requests(found: Callable[..., Finding]) -> None:
    app = Things()

    async def check(http: Http) -> Finding:
        seen = [await http.send("GET", f"/n{number}", fresh=True) for number in range(6)]
        return failed("w", *(http.show(each, "x") for each in seen))

    found(app, check)
    assert sum(target[:2] == "/n" for _, target in app.asked) == 6 + 3
