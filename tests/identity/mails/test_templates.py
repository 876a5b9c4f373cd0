"""Each message says who writes, what happened, when, and what to do if it was not its reader."""

from __future__ import annotations

import re

import pytest

from ostiary.identity.mails.templates import MAILS, TEXTS, lifetime, needs, write

KNOWN = {"title": "House of Ann", "issuer": "https://accounts.example.test", "at": "2026-11-22 at 21:00 UTC"}
OTHERS = {
    "link": "https://accounts.example.test/reset?token=" + "x" * 43, "lifetime": "20 minutes", "days": "7",
    "factor": "A passkey", "left": "9", "code": "123456",
}  # fmt: skip


def written(name: str) -> tuple[str, str]:
    template = MAILS[name]
    return write(template, {**KNOWN, **{each: OTHERS[each] for each in needs(template)}}, signed=True)


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_says_who_what_when_and_what_if_not(name: str) -> None:
    subject, body = written(name)
    assert KNOWN["title"] in subject
    assert KNOWN["issuer"] in body
    assert KNOWN["at"] in body
    assert re.search(r"[Ii]f (this was|it was) not\s+you|Write to|Go to", body)
    assert "{" not in subject + body
    assert subject == subject.strip()
    assert "\n" not in subject
    assert len(subject) < 80


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_is_plain_text_that_fits_a_window(name: str) -> None:
    _, body = written(name)
    assert body.isascii()
    assert not re.search(r"<[a-z/]", body)
    assert [line for line in body.splitlines() if len(line) > 80 and "://" not in line] == []


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_repeats_nothing_that_a_stranger_wrote(name: str) -> None:
    assert needs(MAILS[name]) <= set(OTHERS)


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_says_who_and_what_if_not(name: str) -> None:
    template = TEXTS[name]
    subject, body = write(template, {**KNOWN, **{each: OTHERS[each] for each in needs(template)}}, signed=False)
    assert subject == ""
    assert KNOWN["title"] in body
    assert re.search(r"Not you\?|nothing was changed", body)
    assert "\n" not in body


def test_a_value_is_not_read_as_a_template() -> None:
    values = {**KNOWN, "factor": "{issuer.__class__} {0} %s"}
    assert "{issuer.__class__} {0} %s" in write(MAILS["factor-added"], values, signed=True)[1]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(60, "1 minute"), (1200, "20 minutes"), (3600, "1 hour"), (5400, "90 minutes"), (86400, "1 day"),
     (7 * 86400, "7 days"), (86399, "23 hours"), (45, "45 seconds")],
)  # fmt: skip
def test_a_span_is_said_as_people_say_it_and_never_longer_than_it_is(seconds: float, said: str) -> None:
    assert lifetime(seconds) == said
