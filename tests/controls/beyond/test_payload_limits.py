"""What is too large, too deep or too many is refused before it costs anything."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pytest

from closing import InProcess, Request, Response, app_of, audited, closes_the_loop
from exchanges import ask, compiled, exchange, through, tiny
from ostiary.config import Config
from ostiary.errors import ConfigError
from ostiary.evidence import Answer, Asked
from ostiary.guard.app import Guard
from ostiary.model import Outcome, Severity
from recorded import Recorded
from samples import sample
from shop import shop, taking

ID = "beyond.payload-limits"
JSON = [("content-type", "application/json")]
MIB = 1024 * 1024


def status(method: str, target: str, headers: list[tuple[str, str]], body: bytes = b"") -> int | None:
    refusal = ask(compiled(shop(), only=[ID]), exchange(method, target, headers, body))
    return refusal.status if refusal else None


def many(count: int) -> bytes:
    return json.dumps({f"k{at}": at for at in range(count)}).encode()


@pytest.mark.parametrize(
    ("method", "target", "headers", "body", "expected"),
    [
        ("POST", "/items", JSON, b'"' + b"x" * (MIB - 2) + b'"', None),
        ("POST", "/items", JSON, b'"' + b"x" * MIB + b'"', 413),
        ("POST", "/items", [*JSON, ("content-length", "2000000")], b"", 413),
        ("POST", "/items", JSON, b"[" * 64 + b"]" * 64, None),
        ("POST", "/items", JSON, b"[" * 65 + b"]" * 65, 400),
        ("POST", "/items", JSON, many(5000), None),
        ("POST", "/items", JSON, many(5001), 400),
        ("POST", "/items", JSON, b'[{"k":1}' + b',{"k":1}' * 9000 + b"]", None),
        ("POST", "/items", JSON, b"[1" + b",1" * 100_000 + b"]", 400),
        ("GET", "/items?q=" + "x" * 8000, [], b"", None),
        ("GET", "/items?q=" + "x" * 8192, [], b"", 414),
        ("GET", "/items", [("cookie", "x" * 30_000)], b"", None),
        ("GET", "/items", [("cookie", "x" * 33_000)], b"", 431),
        ("GET", "/items", [("x", "y")] * 99, b"", None),
        ("GET", "/items", [("x", "y")] * 100, b"", 431),
        ("POST", "/items", [*JSON, ("content-encoding", "br")], b"{}", 415),
        ("POST", "/items", [*JSON, ("content-encoding", "gzip, gzip")], b"{}", 415),
        ("POST", "/items", [*JSON, ("content-encoding", "gzip")], gzip.compress(b'{"a":1}', mtime=0), None),
        ("POST", "/items", [*JSON, ("content-encoding", "gzip")], gzip.compress(b" " * 2 * MIB, mtime=0), 413),
        ("POST", "/items", [*JSON, ("content-encoding", "gzip")], b"{}", 400),
    ],
)
def test_what_is_over_a_limit_is_refused(
    method: str, target: str, headers: list[tuple[str, str]], body: bytes, expected: int | None
) -> None:
    assert status(method, target, headers, body) == expected


def test_fields_and_parts_are_counted() -> None:
    form = [("content-type", "application/x-www-form-urlencoded")]
    policy = compiled(taking("application/x-www-form-urlencoded", "multipart/form-data"), only=[ID])
    assert ask(policy, exchange("POST", "/things", form, b"&".join([b"a=1"] * 1000))) is None
    assert ask(policy, exchange("POST", "/things", form, b"&".join([b"a=1"] * 1001))) is not None
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    multipart = [("content-type", "multipart/form-data; boundary=b")]
    assert ask(policy, exchange("POST", "/things", multipart, part * 100 + b"--b--")) is None
    assert ask(policy, exchange("POST", "/things", multipart, part * 101 + b"--b--")) is not None


def test_uploads_have_a_limit_of_their_own_and_json_beside_them_keeps_its() -> None:
    policy = compiled(taking("application/octet-stream", "application/json"), only=[ID])
    plan, _ = policy.route(exchange("POST", "/things"))
    assert plan.body_limit == 16 * MIB
    large = b" " * (2 * MIB)
    assert ask(policy, exchange("POST", "/things", [("content-type", "application/octet-stream")], large)) is None
    assert ask(policy, exchange("POST", "/things", JSON, large)) is not None
    chunked = exchange("POST", "/things", [*JSON, ("transfer-encoding", "chunked"), ("content-length", "0")])
    chunked.body = large
    refusal = ask(policy, chunked)
    assert refusal is not None
    assert refusal.status == 413


def test_an_operation_may_have_a_limit_of_its_own() -> None:
    config = Config(only=(ID,), controls={ID: {"body": "2KiB"}})
    guard = Guard(tiny(), config, api=shop())
    assert through(guard, exchange("POST", "/items", JSON, b" " * 3000 + b"1")).status == 413
    assert through(guard, exchange("POST", "/items", JSON, b"1")).status == 200


def test_limits_that_no_request_fits_are_refused_at_start() -> None:
    with pytest.raises(ConfigError):
        compiled(shop(), only=[ID], controls={ID: {"url": "10B"}})


def test_a_packed_body_reaches_the_application_unpacked() -> None:
    seen: list[tuple[bytes, dict[bytes, bytes]]] = []

    async def app(scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # ASGI
        seen.append(((await receive())["body"], dict(scope["headers"])))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    made = exchange(
        "POST",
        "/things",
        [("content-type", "application/x-protobuf"), ("content-encoding", "gzip")],
        gzip.compress(b"\x0a\x01x", mtime=0),
    )
    through(Guard(app, Config(only=(ID,)), api=taking("application/x-protobuf")), made)  # OpenTelemetry's exporters
    assert seen[0][0] == b"\x0a\x01x"
    assert b"content-encoding" not in seen[0][1]
    assert seen[0][1][b"content-length"] == b"3"


def heard(refusals: Callable[[Asked], Answer | None]) -> Recorded:
    """A real API: FastAPI's own answers where `refusals` gives none."""

    def answering(asked: Asked) -> Answer:
        usual = "created" if asked.method == "POST" else "ok-json"
        return refusals(asked) or sample("fastapi-0.165.0", usual)

    return Recorded(answering=answering, api=shop())


def test_fastapi_without_limits_is_found() -> None:
    finding = audited(
        ID, heard(lambda asked: sample("fastapi-0.165.0", "long-url") if len(asked.target) > 9000 else None)
    )
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.HIGH)
    assert "a body of 2 MB is accepted" in finding.why


def nginx_in_front(asked: Asked) -> Answer | None:
    """nginx 1.22.1 with its defaults: 1 MB of body, 8 KB lines; it counts packed bytes and does not read JSON."""
    if len(asked.target) > 8000:
        return sample("nginx-1.22.1", "long-url")
    if any(len(value) > 8000 for _, value in asked.headers):
        return sample("nginx-1.22.1", "big-header")
    return sample("nginx-1.22.1", "big-body") if len(asked.body) > MIB else None


def test_nginx_in_front_leaves_what_is_packed_and_nested() -> None:
    finding = audited(ID, heard(nginx_in_front))
    assert finding.outcome is Outcome.FAIL
    assert "2 MB is accepted" not in finding.why.replace("unpacks to 2 MB is accepted", "")
    assert "nested" in finding.why


def test_a_strict_schema_behind_nginx_passes() -> None:
    def strict(asked: Asked) -> Answer | None:
        odd = b"ostiary" in asked.body or dict(asked.headers).get("content-encoding")
        return nginx_in_front(asked) or (sample("fastapi-0.165.0", "missing-field") if odd else None)

    assert audited(ID, heard(strict)).outcome is Outcome.PASS


def test_without_a_baseline_a_refusal_proves_nothing() -> None:
    http = Recorded(answering=lambda _: sample("fastapi-0.165.0", "bearer-challenge"), api=shop())
    assert audited(ID, http).outcome is Outcome.UNKNOWN


def test_a_server_that_hangs_up_is_not_known_to_have_limits() -> None:
    def hanging_up(asked: Asked) -> Answer | None:
        large = len(asked.body) > 100 or len(asked.target) > 100 or any(len(value) > 100 for _, value in asked.headers)
        return None if large else sample("fastapi-0.165.0", "created")

    assert audited(ID, Recorded(answering=hanging_up, api=shop())).outcome is Outcome.UNKNOWN


def test_the_loop_closes() -> None:
    def careless(request: Request) -> Response:
        if request.headers.get("content-encoding") == "gzip":
            gzip.decompress(request.body)
        return Response()

    before, after = closes_the_loop(ID, careless, shop())
    assert before.severity is Severity.HIGH
    assert "6 oversized requests" in after.why


def test_a_crash_is_a_finding() -> None:
    def crashing(request: Request) -> Response:
        return Response(500 if len(request.body) > 1000 else 200)

    finding = audited(ID, InProcess(app_of(crashing), shop()))
    assert "ends in a 500" in finding.why


def test_a_name_that_may_be_taken_once_is_no_limit_of_size() -> None:
    taken: set[bytes] = set()

    def unique(request: Request) -> Response:
        name = request.body.strip()[:40]
        if request.method == "POST" and name in taken:
            return Response(500)  # the database's complaint about a duplicate, which nobody catches
        taken.add(name)
        return Response()

    assert "ends in a 500" not in audited(ID, InProcess(app_of(unique), shop())).why


def test_what_fails_however_small_it_is_is_no_matter_of_size() -> None:
    def crashing(request: Request) -> Response:
        odd = request.headers.get("content-encoding") or b"ostiary" in request.body or len(request.body) > MIB
        return Response(500 if odd and request.headers.get("content-encoding") else 413 if odd else 200)

    assert "unpacks" not in audited(ID, InProcess(app_of(crashing), shop())).why
