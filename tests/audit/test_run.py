"""Whatever the target and the checks do, every control gets one answer, and none that was not earned."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from audit.listening import serving, talking
from ostiary import catalogue
from ostiary.audit import answering
from ostiary.audit.asking import Progress
from ostiary.audit.result import Report, Result, decide
from ostiary.audit.run import audit
from ostiary.config import Config
from ostiary.errors import ConfigError, Unanswerable
from ostiary.evidence import Http, Spec
from ostiary.model import Control, Finding, Kind, Outcome, Probe, Severity, failed, not_applicable, passed, unknown

LIVE, SPEC = Kind.LIVE, Kind.SPEC
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1"},
    "servers": [{"url": "/"}],
    "paths": {
        "/things": {
            "get": {"responses": {"200": {"description": "all"}}},
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {"name": {"type": "string"}},
                                "required": ["name"],
                            }
                        }
                    }
                },
                "responses": {"201": {"description": "made"}},
            },
        },
        "/things/{thing_id}": {
            "parameters": [{"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": {"description": "one"}}},
            "delete": {"responses": {"204": {"description": "gone"}}},
        },
        "/reset": {"get": {"responses": {"200": {"description": "all gone"}}}},
    },
}


class Things:
    """A small API that keeps a record of what it was asked; `token` makes it want a bearer."""

    def __init__(self, *, base: str = "", token: str = "", document_at: str = "/openapi.json") -> None:
        self.base, self.token, self.document_at = base, token, document_at
        self.asked: list[tuple[str, str]] = []
        self.authorizations: set[bytes] = set()
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path, method = scope["path"], scope["method"]
        self.asked.append((method, scope["raw_path"].decode()))
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message.get("more_body"):
                break
        self.bodies.append(body)
        status, reply = self.answer(method, path, dict(scope["headers"]), body)
        data = json.dumps(reply).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": data if method != "HEAD" else b""})

    def answer(self, method: str, path: str, headers: dict[bytes, bytes], body: bytes) -> tuple[int, Any]:
        given = headers.get(b"authorization", b"")
        self.authorizations.add(given)
        if path == self.document_at:
            return 200, DOCUMENT
        if self.token and given != f"Bearer {self.token}".encode():
            return 401, {"error": "who?"}
        path = (
            path.removeprefix(self.base) if self.base and path.startswith(self.base) else path if not self.base else "?"
        )
        if path == "/reset":
            return 200, {"gone": True}
        if path == "/things" and method == "GET":
            return 200, {"things": [{"id": "k7", "name": "x"}]}
        if path == "/things" and method == "POST":
            try:
                return 201, {"id": "new", **json.loads(body)}
            except ValueError:
                return 400, {"error": "no JSON"}
        if path == "/things/k7" and method == "GET":
            return 200, {"id": "k7", "name": "x"}
        return (405, {}) if path in {"/things", "/things/k7"} else (404, {})


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put checks in the place of the catalogue's: `checks({"access.hsts": check})`; all others have none."""

    def put(
        audits: Mapping[str, Mapping[Kind, Callable[[Any], Awaitable[Finding]]]], *, probe: Probe = Probe.ACTIVE
    ) -> None:
        real = catalogue.control

        def control(control_id: str) -> Control:
            found = real(control_id)
            if control_id not in audits:
                return dataclasses.replace(found, audits={})
            return dataclasses.replace(found, audits=audits[control_id], probe=probe)

        monkeypatch.setattr(catalogue, "control", control)

    return put


def of(report: Report, control_id: str = "access.hsts") -> Result:
    return next(each for each in report.results if each.id == control_id)


def audited(app: Any, **options: Any) -> Report:
    with serving(app) as base:
        return asyncio.run(audit(base + options.pop("prefix", ""), **options))


async def fine(_: Any) -> Finding:
    return passed("seen")


async def broken(_: Any) -> Finding:
    return failed("also seen")


def test_every_control_of_the_catalogue_gets_one_answer_in_its_order(checks: Callable[..., None]) -> None:
    checks({})
    report = audited(Things())
    assert tuple(each.id for each in report.results) == catalogue.ids()
    assert {each.outcome for each in report.results} == {Outcome.UNKNOWN, Outcome.ATTEST}
    assert of(report).why == "no check yet"
    assert of(report, "ci.sast").outcome is Outcome.ATTEST
    assert of(report, "ci.sast").why == catalogue.control("ci.sast").attest


def test_a_crashed_check_is_unknown_and_says_what_crashed(checks: Callable[..., None]) -> None:
    async def crash(_: Any) -> Finding:
        raise ZeroDivisionError("tok-secret in a message")

    async def wrong(_: Any) -> Any:
        return True

    checks({"access.hsts": {LIVE: crash}, "output.nosniff": {LIVE: wrong}})
    report = audited(Things(), only=["access.hsts", "output.nosniff"])
    assert (of(report).outcome, of(report).why) == (Outcome.UNKNOWN, "the check crashed: ZeroDivisionError")
    assert of(report, "output.nosniff").outcome is Outcome.UNKNOWN


def test_a_check_that_never_ends_is_unknown(checks: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    async def forever(_: Any) -> Finding:
        await asyncio.sleep(60)
        return passed("never")

    monkeypatch.setattr(answering, "CHECK_SECONDS", 0.1)
    checks({"access.hsts": {LIVE: forever}})
    assert of(audited(Things(), only=["access.hsts"])).why == "the check took more than 0.1 s"


def test_a_check_that_gives_up_does_not_take_others_with_it(checks: Callable[..., None]) -> None:
    """Both wait for one request, and the one that sent it loses patience."""

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.4 if scope["path"] == "/slow" else 0)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def first(http: Http) -> Finding:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(http.send("GET", "/slow"), 0.2)
        return passed("gave up")

    async def second(http: Http) -> Finding:
        await asyncio.sleep(0.05)
        return passed(str((await http.send("GET", "/slow")).status))

    checks({"access.hsts": {LIVE: first}, "output.nosniff": {LIVE: second}})
    report = audited(slow, only=["access.hsts", "output.nosniff"], find=False)
    assert of(report).why == "gave up"
    assert of(report, "output.nosniff").why == "the check that asked this first was stopped"


def test_what_the_world_cannot_answer_is_unknown_in_its_words(checks: Callable[..., None]) -> None:
    async def cannot(_: Any) -> Finding:
        raise Unanswerable("no baseline")

    checks({"access.hsts": {LIVE: cannot}})
    assert of(audited(Things(), only=["access.hsts"])).why == "no baseline"


@pytest.mark.parametrize(
    ("live", "spec", "expected", "why"),
    [
        (passed("l"), passed("s"), Outcome.PASS, "l"),
        (passed("l"), failed("s"), Outcome.FAIL, "s"),
        (failed("l"), passed("s"), Outcome.FAIL, "l"),
        (failed("l"), failed("s"), Outcome.FAIL, "l"),
        (passed("l"), unknown("s"), Outcome.PASS, "l"),
        (unknown("l"), passed("s"), Outcome.UNKNOWN, "l"),
        (not_applicable("l"), passed("s"), Outcome.PASS, "s"),
        (passed("l"), not_applicable("s"), Outcome.PASS, "l"),
        (not_applicable("l"), not_applicable("s"), Outcome.NOT_APPLICABLE, "l"),
        (not_applicable("l"), unknown("s"), Outcome.UNKNOWN, "s"),
    ],
)
def test_findings_of_several_kinds_become_one_and_all_are_kept(
    live: Finding, spec: Finding, expected: Outcome, why: str
) -> None:
    found = decide([live, spec])
    assert (found[0].outcome, found[0].why) == (expected, why)
    assert set(found) == {live, spec}


def test_both_kinds_are_asked_and_shown(checks: Callable[..., None]) -> None:
    async def read(spec: Spec) -> Finding:
        return failed("in the document", spec.at("/paths", "here"), severity=Severity.LOW)

    checks({"access.hsts": {LIVE: fine, SPEC: read}})
    result = of(audited(Things(), only=["access.hsts"]))
    assert (result.outcome, result.severity, result.kinds) == (Outcome.FAIL, Severity.LOW, (SPEC, LIVE))
    assert result.evidence[0].where.endswith("/openapi.json#/paths")
    live_only = of(audited(Things(), only=["access.hsts"], kinds=[LIVE]))
    assert (live_only.outcome, live_only.kinds) == (Outcome.PASS, (LIVE,))


def test_a_document_check_without_document_is_unknown(checks: Callable[..., None]) -> None:
    checks({"access.hsts": {SPEC: fine}})
    report = audited(Things(document_at="/nowhere"), only=["access.hsts"])
    assert (of(report).outcome, of(report).why) == (Outcome.UNKNOWN, "there is no document to read")
    assert report.document == ""
    assert "none was found" in report.notes[0]


def test_off_with_a_reason_is_waived_and_not_asked(checks: Callable[..., None]) -> None:
    checks({"access.hsts": {LIVE: broken}})
    report = audited(Things(), only=["access"], config=Config(off={"access.hsts": "TLS ends at the balancer"}))
    assert (of(report).outcome, of(report).why) == (Outcome.WAIVED, "TLS ends at the balancer")
    assert report.exit_code() == 0


def test_intrusive_checks_wait_to_be_asked_for(checks: Callable[..., None]) -> None:
    checks({"access.hsts": {LIVE: broken}}, probe=Probe.INTRUSIVE)
    assert of(audited(Things(), only=["access.hsts"])).outcome is Outcome.UNKNOWN
    assert of(audited(Things(), only=["access.hsts"], intrusive=True)).outcome is Outcome.FAIL


def test_only_and_skip_take_ids_sections_and_patterns(checks: Callable[..., None]) -> None:
    checks({})
    ids = [each.id for each in audited(Things(), only=["output", "access.h*"], skip=["output.csp-none"]).results]
    assert "access.hsts" in ids
    assert "access.https-only" in ids
    assert "output.csp-none" not in ids
    assert all(each.startswith(("access.h", "output.")) for each in ids)
    with pytest.raises(ConfigError, match=r"did you mean 'access\.hsts'"):
        asyncio.run(audit("http://127.0.0.1:1", only=["acess.hsts"]))


def test_dangerous_operations_are_named_and_never_called(checks: Callable[..., None]) -> None:
    async def reckless(http: Http) -> Finding:
        assert http.api is not None
        for operation in http.api.operations:
            if operation.path == "/reset":
                await http.send_to(operation)
        return passed("called it")

    checks({"access.hsts": {LIVE: reckless}})
    app = Things()
    report = audited(app, only=["access.hsts"])
    assert ("GET", "/reset") not in app.asked
    assert "left alone" in of(report).why
    assert {each.operation for each in report.excluded} == {"GET /reset", "DELETE /things/{thing_id}"}
    bold = audited(Things(), only=["access.hsts"], intrusive=True)
    assert of(bold).outcome is Outcome.UNKNOWN  # what harms everybody is left alone whatever is allowed
    assert {each.operation for each in bold.excluded} == {"GET /reset"}


def test_equal_requests_are_sent_once_unless_fresh(checks: Callable[..., None]) -> None:
    async def five(http: Http) -> Finding:
        await asyncio.gather(*(http.send("GET", "/things?shared") for _ in range(5)))
        for _ in range(2):
            await http.send("GET", "/things?fresh", fresh=True)
        return passed("done")

    app = Things()
    targets: list[bytes] = []

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        targets.append(scope["query_string"])
        await app(scope, receive, send)

    checks({"access.hsts": {LIVE: five}, "output.nosniff": {LIVE: five}})
    report = audited(counting, only=["access.hsts", "output.nosniff"])
    assert targets.count(b"shared") == 1
    assert targets.count(b"fresh") == 4
    assert report.used == len(app.asked)


def test_ids_that_the_api_lists_fill_its_paths(checks: Callable[..., None]) -> None:
    async def item(http: Http) -> Finding:
        operation = next(each for each in http.operations if each.path.endswith("}"))
        answer = await http.baseline(operation)
        return passed(f"{http.target_of(operation)} {answer.status}")

    checks({"access.hsts": {LIVE: item}})
    report = audited(Things(), only=["access.hsts"])
    assert of(report).why == "/things/k7 200"
    assert (report.answered, report.tried) == (3, 3)


@pytest.mark.parametrize(("prefix", "base"), [("", "/api"), ("/api", "/api"), ("/api/", "/api")])
def test_a_document_that_is_wrong_about_its_base_path_is_corrected(
    checks: Callable[..., None], prefix: str, base: str
) -> None:
    """The declared base answers 404; the URL's own path, or the root, does not."""
    checks({})
    report = audited(Things(base=base), prefix=prefix)
    if prefix:
        assert report.answered == 3
        assert any("answers under /api" in each for each in report.notes)
    else:
        assert any("404" in each for each in report.notes)


def test_credentials_reach_the_default_identity_and_nobody_else(checks: Callable[..., None]) -> None:
    async def both(http: Http) -> Finding:
        mine = await http.send("GET", "/things")
        nobody = await http.send("GET", "/things", identity="")
        return passed(f"{mine.status} {nobody.status} {http.identities}", http.show(mine, "mine"))

    checks({"access.hsts": {LIVE: both}})
    report = audited(
        Things(token="t0ken-of-alice"),
        only=["access.hsts"],
        identities={"alice": [("Authorization", "Bearer t0ken-of-alice")]},
    )
    assert of(report).why == "200 401 ('alice',)"
    assert "t0ken-of-alice" not in repr(report)
    assert not report.unauthenticated


def test_refused_credentials_are_said_aloud(checks: Callable[..., None]) -> None:
    checks({})
    report = audited(Things(token="right"), identities={"alice": [("Authorization", "Bearer wrong-one")]})
    assert report.unauthenticated
    assert report.exit_code() == 4
    assert any("Authentication failed" in each for each in report.notes)


def test_what_a_check_quotes_is_cleaned(checks: Callable[..., None]) -> None:
    async def quoting(http: Http) -> Finding:
        return failed(
            "saw \x1b[31mred\x1b[0m and sup3r-s3cret-t0ken",
            dataclasses.replace(http.show(await http.send("GET", "/"), "x"), what="\x07sup3r-s3cret-t0ken"),
        )

    checks({"access.hsts": {LIVE: quoting}})
    report = audited(Things(), only=["access.hsts"], identities={"a": [("X-Key", "sup3r-s3cret-t0ken")]})
    assert of(report).why == r"saw \x1b[31mred\x1b[0m and [masked]"
    assert of(report).evidence[0].what == r"\x07[masked]"


def test_nothing_listening_is_one_clear_sentence() -> None:
    with talking() as (port, _):
        pass
    with pytest.raises(Unanswerable, match=rf"nothing answers at http://127\.0\.0\.1:{port}: .*connection refused"):
        asyncio.run(audit(f"http://127.0.0.1:{port}"))


def test_stopping_keeps_what_was_done(checks: Callable[..., None]) -> None:
    async def main(base: str) -> Report:
        stop = asyncio.Event()

        async def slow(_: Any) -> Finding:
            stop.set()
            await asyncio.sleep(30)
            return passed("never")

        checks({"auth.no-basic": {LIVE: slow}, "access.hsts": {LIVE: fine}})
        return await audit(base, only=["auth.no-basic", "access.hsts"], stop=stop, concurrency=1)

    with serving(Things()) as base:
        report = asyncio.run(main(base))
    assert of(report).outcome is Outcome.PASS
    stopped = of(report, "auth.no-basic")
    assert (stopped.outcome, stopped.why) == (Outcome.UNKNOWN, "interrupted")
    assert report.interrupted
    assert report.exit_code() == 130


def test_limits_are_measured_last_and_alone(checks: Callable[..., None]) -> None:
    order: list[str] = []

    def noting(name: str) -> Callable[[Any], Awaitable[Finding]]:
        async def check(_: Any) -> Finding:
            order.append(f"+{name}")
            await asyncio.sleep(0.02)
            order.append(f"-{name}")
            return passed("done")

        return check

    names = ["access.throttling", "access.hsts", "output.nosniff", "people.report-channel"]
    checks({each: {LIVE: noting(each)} for each in names})
    audited(Things(), only=names)
    assert order[-2:] == ["+access.throttling", "-access.throttling"]
    assert order[:2] == ["+access.hsts", "+output.nosniff"]


def test_a_small_budget_starves_nobody_silently(checks: Callable[..., None]) -> None:
    async def greedy(http: Http) -> Finding:
        for i in range(1000):
            await http.send("GET", f"/{i}")
        return passed("done")

    checks({"access.hsts": {LIVE: greedy}})
    app = Things()
    report = audited(app, only=["access.hsts"], budget=60)
    assert of(report).outcome is Outcome.UNKNOWN
    assert "budget" in of(report).why
    assert report.used == len(app.asked) <= 60


def test_a_short_retry_after_is_obeyed_once(checks: Callable[..., None]) -> None:
    hits: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        hits.append(scope["path"])
        limited = scope["path"] == "/limited" and hits.count("/limited") == 1
        headers = [(b"retry-after", b"0"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 429 if limited else 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def ask(http: Http) -> Finding:
        return passed(str((await http.send("GET", "/limited")).status))

    checks({"access.hsts": {LIVE: ask}})
    assert of(audited(app, only=["access.hsts"], find=False)).why == "200"


def test_samples_are_typical_replies(checks: Callable[..., None]) -> None:
    async def look(http: Http) -> Finding:
        answers = await http.samples()
        return passed(" ".join(sorted({f"{each.asked.method}:{each.status}" for each in answers})))

    checks({"access.hsts": {LIVE: look}})
    assert of(audited(Things(), only=["access.hsts"])).why == "GET:200 GET:404 POST:201 POST:400 PROPFIND:405"


def test_progress_is_told(checks: Callable[..., None]) -> None:
    checks({"access.hsts": {LIVE: fine}})
    said: list[Progress] = []
    audited(Things(), only=["access.hsts"], progress=said.append)
    assert said[0].doing == "reaching the target"
    assert (said[-1].done, said[-1].total, said[-1].doing) == (1, 1, "access.hsts")


def test_two_runs_of_the_real_checks_agree() -> None:
    first, second = (audited(Things(), nonce="same", only=["access", "input", "output"]) for _ in range(2))
    assert [(each.id, each.outcome, each.severity) for each in first.results] == [
        (each.id, each.outcome, each.severity) for each in second.results
    ]


def spending(order: list[str], name: str, number: int) -> Callable[[Any], Awaitable[Finding]]:
    async def check(http: Http) -> Finding:
        order.append(name)
        for each in range(number):
            await http.send("GET", f"/{name}/{each}")
        return passed("saw it all")

    return check


def test_a_small_budget_goes_to_authorization_before_injection(checks: Callable[..., None]) -> None:
    order: list[str] = []
    late, early = "input.injection-xss", "userdata.ownership-check"
    checks({each: {LIVE: spending(order, each, 40)} for each in (late, early)})
    report = audited(Things(), only=[late, early], budget=80)
    assert order == [early, late]
    assert of(report, early).outcome is Outcome.PASS
    assert of(report, late).outcome is Outcome.UNKNOWN
    assert "--budget" in of(report, late).why
    assert report.unreached == (late,)


def test_where_requests_are_scarce_checks_do_not_race_for_them(checks: Callable[..., None]) -> None:
    """Side by side, luck would decide which of them is starved, and reports would differ."""
    order: list[str] = []
    names = ["processing.all-endpoints-authenticated", "jwt.verify-before-use", "auth.no-basic"]

    def noting(name: str) -> Callable[[Any], Awaitable[Finding]]:
        async def check(_: Any) -> Finding:
            order.append(f"+{name}")
            await asyncio.sleep(0.01)
            order.append(f"-{name}")
            return passed("done")

        return check

    checks({each: {LIVE: noting(each)} for each in names})
    audited(Things(), only=names, budget=100)
    assert order == [f"{sign}{each}" for each in names for sign in "+-"]


def test_a_pass_that_ran_out_of_requests_is_none(checks: Callable[..., None]) -> None:
    async def content(http: Http) -> Finding:
        for each in range(1000):
            with contextlib.suppress(Unanswerable):
                await http.send("GET", f"/{each}")
        return passed("all that was asked held")

    checks({"access.hsts": {LIVE: content}})
    result = of(audited(Things(), only=["access.hsts"], budget=60))
    assert result.outcome is Outcome.UNKNOWN
    assert result.why.endswith("so far: all that was asked held")


def test_a_finding_says_where_it_was_seen(checks: Callable[..., None]) -> None:
    async def look(http: Http) -> Finding:
        one, all_of_them = await http.send("GET", "/things/k7?x=1"), await http.send("GET", "/things")
        return failed("open", http.show(one, "one"), http.show(all_of_them, "all"))

    async def told(_: Http) -> Finding:
        return failed("open", places=("POST /things", "GET /things", "POST /things"))

    checks({"access.hsts": {LIVE: look}, "output.nosniff": {LIVE: told}})
    report = audited(Things(), only=["access.hsts", "output.nosniff"])
    assert of(report).places == ("GET /things", "GET /things/{thing_id}")
    assert of(report, "output.nosniff").places == ("GET /things", "POST /things")
    assert len(of(report).fingerprint) == 16


def test_what_stands_in_the_document_no_gateway_closes(checks: Callable[..., None]) -> None:
    checks({"access.hsts": {LIVE: broken}, "output.nosniff": {SPEC: broken}})
    report = audited(Things(), only=["access.hsts", "output.nosniff"])
    assert of(report).closing == ("closes", "")
    assert of(report, "output.nosniff").closing == ("cannot", "the document itself has to be mended")


def test_equal_seeds_ask_equal_questions() -> None:
    bodies = []
    for seed in (5, 5, 6):
        app = Things()
        report = audited(app, seed=seed, only=["output.nosniff"])
        assert report.seed == seed
        bodies.append(sorted(each for each in app.bodies if each))
    assert bodies[0] == bodies[1] != bodies[2]


def test_without_a_seed_the_report_tells_the_one_it_took() -> None:
    first, second = (audited(Things(), only=["ci.sast"]).seed for _ in range(2))
    assert first != second


def test_a_rate_is_kept_and_bursts_are_not_asked_for(checks: Callable[..., None]) -> None:
    order: list[str] = []
    checks({"access.throttling": {LIVE: spending(order, "burst", 50)}})
    started = time.monotonic()
    app = Things()
    report = audited(app, only=["access.throttling"], rate=40.0, find=False)
    assert time.monotonic() - started >= (len(app.asked) - 1) / 40 * 0.9
    assert order == []
    assert "--rate" in of(report, "access.throttling").why
