"""The vocabulary: small promises that everything else leans on."""

from __future__ import annotations

import subprocess
import sys

from exchanges import api_of, exchange
from ostiary.model import (
    UNPARSED,
    Control,
    Exchange,
    Kind,
    Outcome,
    Probe,
    Severity,
    attest,
    failed,
    not_applicable,
    passed,
    unknown,
)


def test_severities_compare() -> None:
    assert sorted(Severity, key=lambda each: each.rank) == [
        Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL,
    ]  # fmt: skip


def test_every_answer_has_its_word() -> None:
    findings = [passed("a"), failed("a", severity=Severity.LOW), unknown("a"), not_applicable("a"), attest("a?")]
    assert [each.outcome for each in findings] == [
        Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE, Outcome.ATTEST,
    ]  # fmt: skip
    assert findings[1].severity is Severity.LOW


def test_headers_are_found_in_order() -> None:
    made = exchange("GET", "/", [("A", "1"), ("B", "2"), ("a", "3")])
    assert (made.head(b"a"), made.all(b"a"), made.head(b"c"), made.all(b"c")) == (b"1", [b"1", b"3"], None, [])
    made.reply_headers = [(b"x", b"1"), (b"x", b"2")]
    assert (made.reply_head(b"x"), made.reply_head(b"y")) == (b"1", None)


def test_a_fresh_exchange_knows_its_peer_and_nothing_more() -> None:
    made = Exchange("GET", b"/", b"", [], peer="192.0.2.7")
    assert (made.client, made.scheme, made.principal, made.allowance, made.status) == ("192.0.2.7", "http", None, -1, 0)
    assert made.document is UNPARSED
    assert not UNPARSED
    assert repr(UNPARSED) == "UNPARSED"


def test_operations_say_what_they_stand_for() -> None:
    body = {"content": {"application/json": {"schema": {}}, "text/csv": {}}, "description": "d"}
    operation = api_of({"/items": {"get": {"responses": {"200": body}}}}).operations[0]
    assert (operation.key, operation.declared, operation.known_path) == ("GET /items", True, True)
    assert operation.produces == {"application/json", "text/csv"}


def test_a_person_is_asked_where_nothing_can_look() -> None:
    assert Control(severity=Severity.LOW, attest="who?").by_attestation
    assert not Control(severity=Severity.LOW, attest="who?", probe=Probe.PASSIVE).by_attestation
    assert not Control(severity=Severity.LOW).by_attestation
    assert next(iter(Kind)) is Kind.LIVE


def test_the_vocabulary_imports_none_of_ours_but_exchange_and_verdict() -> None:
    code = "import sys, ostiary.model; print(sorted(m for m in sys.modules if m.startswith('ostiary.')))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout
    assert shown.strip() == "['ostiary.exchange', 'ostiary.model', 'ostiary.verdict']"
