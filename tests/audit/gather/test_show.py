"""Evidence repeats what was seen, and neither a secret nor a control character gets into it."""

from __future__ import annotations

import base64
import shlex
import subprocess
import time

import pytest

from ostiary.audit.gather.show import MASK, Shower, secrets_of
from ostiary.evidence import Answer, Asked
from ostiary.parts.printable import printable

TOKEN = "tok-3n1gma-1234567890"
BASIC = base64.b64encode(b"alice:s3cret-word").decode()
IDENTITIES = {"alice": (("Authorization", f"Bearer {TOKEN}"),), "bob": (("X-Api-Key", "bobs-key-998"),)}


def answer(
    method: str = "GET",
    target: str = "/",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
    *,
    reply: bytes = b"",
    reply_headers: tuple[tuple[str, str], ...] = (),
) -> Answer:
    asked = Asked(method=method, target=target, headers=(("Host", "api.test"), *headers), body=body)
    return Answer(asked=asked, status=200, headers=reply_headers, body=reply)


def shown_text(made: Answer, what: str = "w") -> str:
    found = Shower("http://api.test", IDENTITIES).show(made, what)
    return "\n".join(
        [
            found.what,
            found.where,
            found.request,
            found.reply,
            found.curl,
            str(found.headers),
            repr(found.body),
            found.target,
        ]
    )


@pytest.mark.parametrize(
    "made",
    [
        answer(headers=IDENTITIES["alice"]),
        answer(target=f"/?access_token={TOKEN}"),
        answer(body=f'{{"token": "{TOKEN}"}}'.encode()),
        answer(reply=f"you are {TOKEN}".encode()),
        answer(reply_headers=(("x-echo", TOKEN), ("location", f"/a?t={TOKEN}"))),
        answer(headers=(("X-Forwarded-For", f"{TOKEN}"),)),
        answer(headers=(("X-Api-Key", "bobs-key-998"),)),
    ],
)
def test_the_operators_credentials_appear_nowhere(made: Answer) -> None:
    text = shown_text(made, f"saw {TOKEN}")
    assert TOKEN not in text
    assert "bobs-key-998" not in text


@pytest.mark.parametrize(
    ("reply", "hidden"),
    [
        (b'{"user": "x", "password": "hunter2hunter2"}', "hunter2hunter2"),
        (b'{"api_key":"AKIA1234567890"}', "AKIA1234567890"),
        (b'{"passwordHash": "$2b$12$abcdef"}', "$2b$12"),
        (b'{"otp": 482913}', "482913"),
        (b"a eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl b", "c2lnbmF0dXJl"),
        (b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
        (b'{"password": "cut off in the midd', "cut off"),
    ],
)
def test_what_looks_secret_in_replies_is_masked(reply: bytes, hidden: str) -> None:
    text = shown_text(answer(reply=reply))
    assert hidden not in text
    assert MASK in text


def test_cookies_keep_their_names_and_flags() -> None:
    made = answer(reply_headers=(("set-cookie", "sid=abcdef123456; HttpOnly; Path=/"),))
    assert f"set-cookie: sid={MASK}; HttpOnly; Path=/" in shown_text(made)


def test_basic_credentials_are_known_by_their_parts() -> None:
    found = secrets_of(
        {"a": (("Authorization", f"Basic {BASIC}"),), "b": (("Cookie", "sid=longvalue1; x=longvalue2"),)}
    )
    assert {"alice:s3cret-word", "s3cret-word", BASIC, "longvalue1", "longvalue2"} <= set(found)


def test_credentials_become_variables_of_the_shell() -> None:
    shower = Shower("http://api.test", IDENTITIES)
    assert '-H "Authorization: Bearer $TOKEN"' in shower.show(answer(headers=IDENTITIES["alice"]), "").curl
    assert '-H "X-Api-Key: $TOKEN_2"' in shower.show(answer(headers=IDENTITIES["bob"]), "").curl


NASTY = ["/'; touch /tmp/owned; '", "/$(id)", "/`id`", '/"|id', "/a b", "/\\", "/!x", "/{a,b}[1-3]", "/~", "/#f"]


@pytest.mark.parametrize("target", NASTY)
def test_a_shell_reads_the_command_as_it_was_meant(target: str) -> None:
    made = answer("PUT", target, (("X-Odd", target),), f"body {target}".encode())
    words = shlex.split(Shower("http://api.test", {}).show(made, "").curl)
    assert f"http://api.test{target}" in words
    assert f"X-Odd: {target}" in words
    assert f"body {target}" in words
    ran = subprocess.run(
        ["sh", "-c", "curl() { printf '%s\\n' \"$@\"; }; " + Shower("http://api.test", {}).show(made, "").curl],
        capture_output=True, text=True, timeout=10, check=True,
    )  # fmt: skip
    assert f"http://api.test{target}" in ran.stdout.splitlines()


def test_a_body_that_is_not_text_travels_as_base64() -> None:
    curl = Shower("http://api.test", {}).show(answer("POST", "/", body=b"\xff\x00'"), "").curl
    coded = curl.split()[1]
    assert base64.b64decode(coded) == b"\xff\x00'"
    assert curl.endswith("--data-binary @-")


def test_odd_targets_and_heads_have_their_options() -> None:
    shower = Shower("http://api.test", {})
    assert "--request-target '*' http://api.test/" in shower.show(answer("OPTIONS", "*"), "").curl
    assert " -I " in shower.show(answer("HEAD", "/"), "").curl


EVIL = "\x1b]0;owned\x07\x1b[2Jred\x9b31m \u202egnp.exe\u2066 a\rb \ud800 \U000e0041"


def test_nothing_that_a_terminal_obeys_gets_through() -> None:
    made = answer(target="/", reply=EVIL.encode("utf-8", "surrogatepass"), reply_headers=(("server", EVIL),))
    text = shown_text(made, EVIL)
    assert all(char.isprintable() or char in "\n\t" for char in text)


def test_printable_keeps_ordinary_text_of_any_script() -> None:
    text = "naïve 漢字 العربية 😀 tab\tline\nend"
    assert printable(text) == text


def test_what_was_too_large_to_keep_is_not_offered_for_replay() -> None:
    found = Shower("http://api.test", {}).show(answer("POST", "/", body=b"x" * 100_000), "")
    assert not found.whole
    assert len(found.curl) < 500
    assert len(found.request) < 3000


def test_a_long_target_is_cut_where_people_read_and_kept_where_programs_repeat() -> None:
    target = "/menu?" + "x" * 16_000
    found = Shower("http://api.test", {}).show(answer("GET", target), "")
    assert len(found.where) < 250
    assert len(found.request) < 500
    assert "(16,006 characters)" in found.where
    assert found.target == target
    assert target in found.curl


def test_a_changed_token_cannot_be_changed_back() -> None:
    head, claims, signature = "eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiJhIn0", "c2lnbmF0dXJlLW9mLXRoZS1vcGVyYXRvcg"
    shower = Shower("http://t", {"me": [("Authorization", f"Bearer {head}.{claims}.{signature}")]})
    asked = Asked(method="GET", target="/", headers=(("Authorization", f"Bearer {head}.eyJzdWIiOiJiIn0.{signature}"),))
    shown = shower.show(Answer(asked=asked, status=200), "a token with another subject")
    assert signature not in f"{shown}"
    assert not shown.whole


@pytest.mark.parametrize(
    ("identity", "headers", "whose", "whole"),
    [
        ("alice", (("Authorization", "Bearer alices-token"), ("X-Tenant", "alices-tenant")), "alice", True),
        ("", (("authorization", "Bearer alices-token"),), "", False),  # half of hers: her name would say too much
        ("", (("Authorization", "Bearer alices-token"), ("X-Tenant", "alices-tenant")), "alice", True),
        ("alice", (("Authorization", "Bearer forged-by-nobody"), ("X-Tenant", "alices-tenant")), "alice", True),
        ("alice", (("X-Tenant", "alices-tenant"),), "", False),  # she went without her token
        ("alice", (("Authorization", "Bearer bobs-token-12"), ("X-Tenant", "alices-tenant")), "", False),
        ("", (("X-Odd", "1"),), "", True),
    ],
)
def test_a_name_stands_for_credentials_only_if_they_were_sent(
    identity: str, headers: tuple[tuple[str, str], ...], whose: str, *, whole: bool
) -> None:
    """Whoever repeats the request sends those of the name, all of them."""
    identities = {
        "alice": [("Authorization", "Bearer alices-token"), ("X-Tenant", "alices-tenant")],
        "bob": [("Authorization", "Bearer bobs-token-12")],
    }
    asked = Asked(method="GET", target="/", headers=(("Host", "api.test"), *headers), identity=identity)
    shown = Shower("http://api.test", identities).show(Answer(asked=asked, status=200), "w")
    assert (shown.identity, shown.whole) == (whose, whole)


def test_a_body_that_curl_would_take_for_a_file_is_sent_as_it_is() -> None:
    curl = Shower("http://api.test", {}).show(answer("POST", body=b"@/etc/passwd"), "w").curl
    assert "'@/etc/passwd'" not in curl
    assert "--data-binary @-" in curl
    assert base64.b64encode(b"@/etc/passwd").decode() in curl


def test_a_header_that_curl_would_take_for_a_file_is_none() -> None:
    words = shlex.split(
        Shower("http://api.test", {}).show(answer(headers=(("@/etc/passwd", "x"), ("@/x", ""))), "w").curl
    )
    assert not [each for each in words if each.startswith("@")]


@pytest.mark.parametrize("rest", [b"\x07", b"\xff", b"\xe2\x80\xae"])
def test_a_secret_is_not_told_in_base64_either(rest: bytes) -> None:
    body = b'{"note": "' + TOKEN.encode() + rest + b'"}'
    curl = Shower("http://api.test", IDENTITIES).show(answer("POST", body=body), "w").curl
    coded = [base64.b64decode(each) for each in shlex.split(curl) if len(each) > 30 and each.isalnum()]
    assert not [each for each in coded if TOKEN.encode() in each]
    assert base64.b64encode(body).decode() not in curl


@pytest.mark.parametrize(
    "spelt", ["pa%22ss%2Fw0%20rd", "pa%22ss/w0%20rd", "pa%22ss%2Fw0+rd", 'pa\\"ss/w0 rd', 'pa\\"ss\\/w0 rd']
)
def test_a_secret_is_masked_however_it_is_spelt(spelt: str) -> None:
    shower = Shower("http://api.test", {})
    shower.know("alice", (), secrets=('pa"ss/w0 rd',))
    assert spelt not in shower.scrub(f"GET /x?note={spelt}")


def test_a_target_of_a_million_characters_costs_no_time_and_is_not_repeated() -> None:
    started = time.monotonic()
    found = Shower("http://api.test", {}).show(answer(target="/" + "eyJ" * 350_000), "w")
    assert time.monotonic() - started < 5
    assert len(found.where) < 500
    assert len(found.request) < 1000
    assert found.curl.startswith("# ")
    assert not found.whole
