"""What must be settled before checks ask: no credentials for a stranger, no waiting after Ctrl-C."""

from __future__ import annotations

import asyncio
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from audit.listening import self_made, serving
from audit.test_run import DOCUMENT, Things
from ostiary.audit.gather.budget import Budget
from ostiary.audit.gather.live import Live
from ostiary.audit.gather.wire import Wire
from ostiary.audit.result import Report
from ostiary.audit.run import audit
from ostiary.audit.survey import Survey
from ostiary.audit.target import Target
from ostiary.config import read
from ostiary.errors import ConfigError
from ostiary.model import Outcome
from ostiary.parts import openapi
from ostiary.strict import dumps


def survey_of(address: str, *, signed_in: bool) -> Survey:
    target = Target(scheme="https", host="api.test", port=443, addresses=(address,))
    wire = Wire(target)
    wire.certificate_fault = "self-signed certificate"
    identities = {"a": [("Authorization", "Bearer x")]} if signed_in else {}
    return Survey(Live(target, wire, Budget(1), identities=identities), lambda _: None)


def test_credentials_do_not_go_to_a_server_that_cannot_prove_its_name() -> None:
    async def main() -> None:
        with pytest.raises(ConfigError, match="credentials were not sent"):
            survey_of("10.0.0.1", signed_in=True)._look_at_tls(insecure=False)
        for harmless in (survey_of("10.0.0.1", signed_in=False), survey_of("127.0.0.1", signed_in=True)):
            harmless._look_at_tls(insecure=False)
            assert "does not verify" in harmless.notes[0]
        survey_of("10.0.0.1", signed_in=True)._look_at_tls(insecure=True)

    asyncio.run(main())


def test_over_tls_the_fault_is_noted_and_commands_say_so(tmp_path: Path) -> None:
    certificate, key = self_made(tmp_path)
    with serving(Things(), ssl_certfile=certificate, ssl_keyfile=key) as base:
        report = asyncio.run(audit(base, only=["output.nosniff"]))
        trusting = asyncio.run(audit(base, only=["output.nosniff"], cacert=certificate))
    assert any("does not verify" in each for each in report.notes)
    assert " -k " in report.results[0].evidence[0].curl
    assert not any("does not verify" in each for each in trusting.notes)
    assert "--cacert" in trusting.results[0].evidence[0].curl


def test_stopping_does_not_wait_for_a_slow_target() -> None:
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] != "/":
            await asyncio.sleep(3)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def main(base: str) -> float:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.2, stop.set)
        started = time.monotonic()
        report = await audit(base, stop=stop)
        assert report.interrupted
        return time.monotonic() - started

    with serving(slow) as base:
        assert asyncio.run(main(base)) < 2


def test_the_policys_document_is_found_beside_the_policy(tmp_path: Path) -> None:
    (tmp_path / "things.json").write_bytes(dumps(DOCUMENT))
    policy = tmp_path / "ostiary.toml"
    policy.write_text('api = "things.json"\n')
    with serving(Things(document_at="/nowhere")) as base:
        report = asyncio.run(audit(base, only=["ci.sast"], config=read(policy)))
    assert report.document == str(tmp_path / "things.json")
    assert report.operations == 5


REFUSED = b'{"title":"Forbidden","instance":"urn:uuid:%s"}'


def turning_away(status: int, *, everywhere: bool = True) -> Any:
    """An API that lets nobody in: for where they come from, or for what they do not show."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        missing = not everywhere and not scope["path"].startswith("/things")
        body = REFUSED % str(uuid.uuid4()).encode()
        start = {"type": "http.response.start", "status": 404 if missing else status, "headers": []}
        await send(start)
        await send({"type": "http.response.body", "body": body})

    return app


def refused(app: Any, *only: str) -> Report:
    document = openapi.from_plain(
        {"openapi": "3.1.0", "info": {"title": "T", "version": "1", "x-audience": "internal"}, **PRIVATE},
        source="things.yaml",
    )
    identities = {"alice": [("Authorization", "Bearer x")]}
    with serving(app) as base:
        return asyncio.run(audit(base, api=document, only=only, identities=identities))


PRIVATE = {
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    "security": [{"bearer": []}],
    "paths": {"/things": {"get": {"responses": {"200": {"description": "ok"}}}}},
}


@pytest.mark.parametrize("status", [403, 421])
def test_a_door_that_is_shut_to_everybody_is_no_failure_of_the_credentials(status: int) -> None:
    report = refused(turning_away(status), "access.private-allowlist")
    assert report.unauthenticated is False
    assert any("nobody is let in from here" in each for each in report.notes)
    assert [each.outcome for each in report.results] == [Outcome.PASS]


def test_what_needs_credentials_is_not_asked_at_a_shut_door() -> None:
    report = refused(turning_away(403), "access.private-allowlist", "processing.all-endpoints-authenticated")
    assert report.exit_code() == 4
    assert {each.outcome for each in report.results} == {Outcome.UNKNOWN}


@pytest.mark.parametrize(
    "app", [turning_away(401), turning_away(403, everywhere=False)], ids=["401", "403 where it is"]
)
def test_credentials_that_are_refused_where_something_is_have_failed(app: Any) -> None:
    assert refused(app, "access.private-allowlist").exit_code() == 4
