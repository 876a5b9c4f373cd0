"""security.txt as RFC 9116 has it: served whatever else answers, and read strictly."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from typing import Any

import pytest

from exchanges import api_of, ask, exchange, head
from ostiary.config import Config
from ostiary.controls.people.report_channel.live import audit_live
from ostiary.errors import ConfigError
from ostiary.evidence import Answer, Asked
from ostiary.guard.site import Compiled
from ostiary.model import Api, Outcome, Reply
from recorded import Recorded, said
from samples import every

ONLY = ("people.report-channel", "beyond.api-inventory", "input.method-405")
PATH = "/.well-known/security.txt"
NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC).timestamp()
SETTINGS: dict[str, Any] = {"contact": ["mailto:security@api.test"], "expires": "2027-06-30"}


def policy(api: Api | None = None, **settings: Any) -> Compiled:
    return Compiled(
        Config(
            only=ONLY,
            controls={ONLY[0]: {**SETTINGS, **{name.replace("_", "-"): each for name, each in settings.items()}}},
        ),
        api,
        now=lambda: NOW,
    )


def fetch(on: Compiled, method: str = "GET", path: str = PATH) -> Reply | None:
    return ask(on, exchange(method, path))


def test_the_file_is_served_as_text_with_contact_and_expiry() -> None:
    reply = fetch(policy())
    assert reply is not None
    assert (reply.status, head(reply, "content-type")) == (200, "text/plain; charset=utf-8")
    assert reply.body == b"Contact: mailto:security@api.test\nExpires: 2027-06-30T00:00:00Z\n"
    assert fetch(policy(), path="/.well-known/other") is None


def test_it_says_the_same_every_time() -> None:
    on = policy()
    assert fetch(on) == fetch(on) == fetch(on)


OK = {"get": {"responses": {"200": {"description": "d"}}}}


@pytest.mark.parametrize("path", ["/items", "/{tenant}/{file}", "/.well-known/{file}", PATH, "/{a}/security.{b}"])
def test_nothing_in_the_document_shadows_it(path: str) -> None:
    reply = fetch(policy(api_of({path: OK})))
    assert reply is not None
    assert reply.body.startswith(b"Contact:")


def test_other_paths_and_methods_are_left_alone() -> None:
    on = policy(api_of({"/{tenant}/{file}": OK}))
    assert fetch(on, path="/a/b") is None
    refusal = fetch(on, "POST")
    assert refusal is None or refusal.status == 405
    assert fetch(on, "HEAD") is not None


def test_without_a_contact_the_application_is_asked() -> None:
    on = Compiled(Config(only=ONLY), api_of({"/items": OK}), now=lambda: NOW)
    assert fetch(on) is None


def test_all_fields_in_order() -> None:
    page = ["https://api.test/security"]
    reply = fetch(policy(encryption=page, policy=page, canonical=page, preferred_languages=["en", "de"]))
    assert reply is not None
    lines = [line.partition(":")[0] for line in reply.body.decode().splitlines()]
    assert lines == ["Contact", "Expires", "Encryption", "Canonical", "Policy", "Preferred-Languages"]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"expires": ""}, "is missing"),
        ({"expires": "next year"}, "is not a date"),
        ({"expires": "2026-11-21"}, "is past"),
        ({"contact": ["security@api.test"]}, "is not a URI"),
        ({"contact": ["http://api.test/report"]}, "is not a URI"),
        ({"contact": ["mailto:a@b\nPolicy: x"]}, "is not a URI"),
        ({"policy": ["/policy"]}, "is not a URI"),
        ({"preferred-languages": ["english language"]}, "is not a language tag"),
    ],
)
def test_what_readers_would_reject_is_refused_at_start(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        policy(**settings)


@pytest.mark.parametrize(
    ("expires", "warning"),
    [("2026-12-01", "renew"), ("2028-06-30", "more than a year"), ("2027-06-30T12:00:00+02:00", "")],
)
def test_an_expiry_that_is_near_or_far_is_warned_of(
    expires: str, warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "ostiary.guard"):
        policy(expires=expires)
    assert warning in caplog.text
    assert bool(warning) is bool(caplog.text)


def verdict(body: str | bytes, *, status: int = 200, media: str = "text/plain; charset=utf-8") -> Outcome:
    http = Recorded(answering=lambda _: said(status, [("content-type", media)], body))
    return asyncio.run(audit_live(http, now=lambda: NOW)).outcome


GOOD = "Contact: mailto:security@api.test\nExpires: 2027-06-30T00:00:00Z\n"
SIGNED = (
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + GOOD.rstrip() + "\n"
    "-----BEGIN PGP SIGNATURE-----\n\niHUEARYKAB0WIQ\n=abcd\n-----END PGP SIGNATURE-----\n"
)


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        "# our page\n\n"
        + GOOD
        + "\nPolicy: https://api.test/p\nPreferred-Languages: en, de\nCSAF: https://api.test/c.json\n",
        "contact:https://api.test/report\nCONTACT: tel:+1-201-555-0123\nexpires: 2027-06-30t00:00:00.5+02:00\n",
        SIGNED,  # RFC 9116 section 2.3
        "\ufeff".encode().decode("utf-8-sig") + GOOD,
    ],
)
def test_what_rfc_9116_allows_passes(text: str) -> None:
    assert verdict(text) is Outcome.PASS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Contact: mailto:security@api.test\n",
        "Expires: 2027-06-30T00:00:00Z\n",
        GOOD + "Expires: 2027-07-30T00:00:00Z\n",
        GOOD.replace("2027", "2026").replace("06-30", "01-01"),
        GOOD.replace("T00:00:00Z", ""),
        GOOD.replace("2027-06-30T00:00:00Z", "2027-02-30T00:00:00Z"),
        GOOD.replace("2027-06-30T00:00:00Z", "Thu, 31 Dec 2026 18:37:07 -0800"),  # the drafts before the RFC
        GOOD.replace("mailto:", ""),
        GOOD.replace("mailto:security@api.test", "http://api.test/report"),
        GOOD + "please be kind\n",
        "<!doctype html><html>Contact: us</html>",
        '{"detail": "Not Found"}',
    ],
)
def test_what_it_does_not_allow_fails(text: str) -> None:
    assert verdict(text) is Outcome.FAIL


def test_a_page_that_answers_everything_is_no_security_txt() -> None:
    assert verdict(GOOD, media="text/html") is Outcome.FAIL
    assert verdict("<html>", media="text/html") is Outcome.FAIL
    assert verdict(b"\xff\xfe" + GOOD.encode()) is Outcome.FAIL


@pytest.mark.parametrize(("server", "absent"), every("security-txt-absent"))
def test_what_servers_answer_where_there_is_none_fails(server: str, absent: Any) -> None:
    def answering(asked: Asked) -> Answer:
        return absent if asked.target == PATH else said(404)  # Kinto redirects whatever is not below its version

    finding = asyncio.run(audit_live(Recorded(answering=answering), now=lambda: NOW))
    assert finding.outcome is Outcome.FAIL, server


def test_what_cannot_be_decided_is_unknown() -> None:
    assert verdict("", status=302) is Outcome.UNKNOWN
    assert verdict("", status=503) is Outcome.UNKNOWN
    assert verdict("", status=429) is Outcome.UNKNOWN
    assert verdict("", status=401) is Outcome.FAIL


def test_a_private_api_needs_no_public_page() -> None:
    api = api_of({}, info={"title": "t", "version": "1", "x-audience": "component-internal"})
    finding = asyncio.run(audit_live(Recorded(answering=lambda _: said(404), api=api)))
    assert finding.outcome is Outcome.NOT_APPLICABLE


def test_the_guard_satisfies_the_audit() -> None:
    reply = fetch(policy())
    assert reply is not None
    assert verdict(reply.body, media=head(reply, "content-type") or "") is Outcome.PASS
