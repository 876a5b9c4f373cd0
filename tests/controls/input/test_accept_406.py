"""Accept is negotiated as RFC 9110 says; hidden serialisers are not reachable."""

from __future__ import annotations

import dataclasses

import pytest

from closing import Request, Response, audited, closes_the_loop
from exchanges import api_of, ask, compiled, exchange
from ostiary.evidence import Answer, Asked
from ostiary.model import Api, Outcome, Severity
from recorded import Recorded
from samples import sample
from shop import shop

ID = "input.accept-406"
JSON = frozenset({"application/json"})


def producing(*media: str, status: str = "200") -> Api:
    replies = {
        status: {"description": "x", "content": {each: {} for each in media}},
        "400": {"description": "y", "content": {"application/problem+json": {}}},
    }
    return api_of({"/x": {"get": {"responses": replies}}})


CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
JAVA_8 = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"  # java.net.HttpURLConnection


@pytest.mark.parametrize(
    ("accept", "produced", "fine"),
    [
        ("application/json", "application/json", True),
        ("Application/JSON;charset=utf-8", "application/json", True),
        ("*/*", "application/json", True),
        ("application/*", "application/json", True),
        ("text/*", "application/json", False),
        ("application/xml", "application/json", False),
        ("application/xml, */*;q=0.1", "application/json", True),
        ("*/*, application/json;q=0", "application/json", False),
        ("application/json;q=0.0", "application/json", False),
        ("application/json;q=0, application/xml", "application/json", False),
        ("text/html;level=1;q=0.4, application/json;q=0.001", "application/json", True),
        (CHROME, "application/json", True),
        (JAVA_8, "application/json", True),
        ("application/vnd.github.v3+json", "application/json", True),  # octokit, and GitHub's own document
        ("application/json", "application/hal+json", True),
        ("application/vnd.api+json", "application/hal+json", False),
        ("image/webp,image/*", "image/png", True),
        ("image/png", "image/*", True),
        ("", "application/json", True),
        ("nonsense", "application/json", True),
        (";q=1,,", "application/json", True),
    ],
)
@pytest.mark.parametrize("_", range(2), ids=["first", "remembered"])
def test_what_fits_no_declared_type_is_refused(accept: str, produced: str, fine: bool, _: int) -> None:  # noqa: FBT001 - a table
    refusal = ask(compiled(producing(produced), only=[ID]), exchange("GET", "/x", [("accept", accept)]))
    assert (refusal is None) is fine
    if refusal is not None:
        assert refusal.status == 406
        assert produced.encode() in refusal.body


def test_nothing_is_refused_without_an_accept_a_document_or_declared_types() -> None:
    asked = [("accept", "application/x-nonexistent")]
    assert ask(compiled(producing("application/json"), only=[ID]), exchange("GET", "/x")) is None
    assert ask(compiled(only=[ID]), exchange("GET", "/x", asked)) is None
    assert ask(compiled(producing(), only=[ID]), exchange("GET", "/x", asked)) is None
    assert ask(compiled(producing("application/json", status="404"), only=[ID]), exchange("GET", "/x", asked)) is None


def test_what_is_remembered_is_bounded() -> None:
    policy = compiled(producing("application/json"), only=[ID])
    for at in range(600):
        assert ask(policy, exchange("GET", "/x", [("accept", f"application/json;v={at}, */*;q=0")])) is None


def test_two_accept_fields_count_as_one_list() -> None:
    twice = [("accept", "text/html"), ("accept", "application/json")]
    assert ask(compiled(producing("application/json"), only=[ID]), exchange("GET", "/x", twice)) is None


def test_a_wish_for_an_undeclared_type_does_not_reach_the_application() -> None:
    made = exchange("GET", "/x", [("accept", CHROME)])
    assert ask(compiled(producing("application/json"), only=[ID]), made) is None
    assert made.all(b"accept") == [b"application/json"]


def test_an_accept_that_names_declared_types_only_is_passed_on_as_it_came() -> None:
    made = exchange("GET", "/x", [("accept", "application/json;q=0.5, text/csv")])
    assert ask(compiled(producing("application/json", "text/csv"), only=[ID]), made) is None
    assert made.all(b"accept") == [b"application/json;q=0.5, text/csv"]


def test_lenient_answers_in_a_declared_type_and_off_passes() -> None:
    for mode, passed_on in (("lenient", b"application/json"), ("off", b"application/xml")):
        policy = compiled(producing("application/json"), only=[ID], controls={ID: {"mode": mode}})
        made = exchange("GET", "/x", [("accept", "application/xml")])
        assert ask(policy, made) is None
        assert made.head(b"accept") == passed_on


def heard(answers: dict[str, Answer], usual: Answer) -> Recorded:
    def answering(asked: Asked) -> Answer:
        return answers.get(dict(asked.headers).get("accept", "*/*"), usual)

    return Recorded(answering=answering, api=shop())


@pytest.mark.parametrize(
    "server", ["fastapi-0.165.0", "flask-3.1.3", "express-5.3.0", "spring-boot-3.3.5", "django-5.2.19"]
)
def test_leniency_of_real_servers_is_low_and_spring_refuses(server: str) -> None:
    unsupported = sample(server, "unsupported-accept")
    answers = {"application/x-nonexistent": unsupported, "application/xml": unsupported}
    finding = audited(ID, heard(answers, sample(server, "ok-json")))
    if unsupported.status == 406:
        assert finding.outcome is Outcome.PASS
    else:
        assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.LOW)


def test_a_browsable_api_that_the_document_does_not_name_is_high() -> None:
    """Django REST framework 3.15 with its default renderers."""
    page = Answer(
        asked=Asked(method="GET", target="/items"),
        status=200,
        headers=(("content-type", "text/html; charset=utf-8"), ("vary", "Accept, Cookie")),
        body=b"<!DOCTYPE html><html><head><title>Item List - Django REST framework</title></head></html>",
    )
    finding = audited(ID, heard({"text/html": page}, sample("django-5.2.19", "ok-json")))
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.HIGH)


def test_without_a_baseline_nothing_is_proved() -> None:
    assert audited(ID, heard({}, sample("fastapi-0.165.0", "bearer-challenge"))).outcome is Outcome.UNKNOWN


def test_the_loop_closes_on_leniency_and_on_a_hidden_serialiser() -> None:
    def careless(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return Response(200, "<html>", [("content-type", "text/html")])
        return Response()

    before, _ = closes_the_loop(ID, careless, shop())
    assert before.severity is Severity.HIGH
    closes_the_loop(ID, lambda _: Response(), shop())


def test_without_a_document_no_format_is_undocumented() -> None:
    def browsable(asked: Asked) -> Answer:
        wanted = dict(asked.headers).get("accept", "")
        media = "text/html" if "text/html" in wanted else "application/json"
        return Answer(asked=asked, status=200, headers=(("content-type", media),), body=b"{}")

    described = Recorded(answering=browsable, api=producing("application/json"))
    assert audited(ID, described).severity is Severity.HIGH
    seen = dataclasses.replace(producing("application/json"), dialect="links")
    assert audited(ID, Recorded(answering=browsable, api=seen)).severity is Severity.LOW
