"""What an audit learnt is at hand for programs and in no report."""

from __future__ import annotations

import asyncio

from audit.listening import serving
from audit.test_run import Things
from ostiary.audit.report import json as plain
from ostiary.audit.result import Report
from ostiary.audit.run import audit
from ostiary.parts.seen import tokens

TOKEN = tokens.made(
    {"alg": "HS256", "kid": "k1", "typ": "JWT"},
    {"iss": "https://issuer.test", "aud": "things", "sub": "alice-77"},
    b"k",
)


def audited() -> Report:
    who = {"alice": [("Authorization", f"Bearer {TOKEN}")]}
    with serving(Things(token=TOKEN)) as base:
        return asyncio.run(audit(base, only=["output.nosniff"], identities=who))


def test_accepted_requests_are_kept_without_their_credentials() -> None:
    report = audited()
    kept = {each.operation: each for each in report.known.exchanges}
    assert set(kept) == {"GET /things", "POST /things", "GET /things/{thing_id}"}
    created = kept["POST /things"]
    assert (created.status, created.identity, created.media_type) == (201, "alice", "application/json")
    assert b"name" in created.body
    assert dict(created.headers)["Content-Type"] == "application/json"
    assert TOKEN not in repr([each.headers for each in kept.values()])
    assert not any(name.lower() in {"authorization", "host"} for each in kept.values() for name, _ in each.headers)


def test_a_token_tells_its_issuer_and_nothing_of_its_user() -> None:
    (facts,) = audited().known.tokens
    assert (facts.issuer, facts.audience, facts.algorithm, facts.key_id) == (
        "https://issuer.test",
        ("things",),
        "HS256",
        "k1",
    )
    assert facts.claims == ("aud", "iss", "sub")
    assert "alice-77" not in repr(facts)
    assert facts.header == "Authorization"


def test_no_report_shows_it() -> None:
    report = audited()
    assert report.known.api is not None
    assert "known" not in plain.plain(report)
    assert "Legitimate" not in repr(report)
