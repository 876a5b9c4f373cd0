"""Text messages to a real HTTP server: exactly what the provider documents is on the wire, and each answer is understood."""

from __future__ import annotations

import asyncio
import base64
import http.server
from typing import Any
from urllib.parse import parse_qsl

import pytest

from answering import says, server
from ostiary.errors import ConfigError
from ostiary.parts.delivering import Undeliverable
from ostiary.parts.text_messages import Twilio, number

SID = "AC0123456789abcdef0123456789abcdef"
PASSWORD = "t0ken-of-theirs"


def twilio(url: str, **more: Any) -> Twilio:
    given = {"user": SID, "password": PASSWORD, "sender": "+15005550006"} | more
    return Twilio(f"{url}/2010-04-01", **given)


def send(sender: Twilio, to: str = "+4915112345678", body: str = "123456 is your code") -> None:
    asyncio.run(sender.send(to, body, timeout=5.0))


def test_the_request_is_the_documented_one() -> None:
    seen: list[Any] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        seen.append((handler.command, handler.path, dict(handler.headers.items()), body))
        says(b'{"sid": "SM1"}', 201)(handler)

    with server(answer) as url:
        send(twilio(url), body="123 & +456 = \u00e4\r\nx")
    ((method, path, headers, body),) = seen
    assert (method, path) == ("POST", f"/2010-04-01/Accounts/{SID}/Messages.json")
    lower = {name.lower(): value for name, value in headers.items()}
    assert base64.b64decode(lower["authorization"].removeprefix("Basic ")) == f"{SID}:{PASSWORD}".encode()
    assert lower["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qsl(body.decode("ascii"), strict_parsing=True) == [
        ("To", "+4915112345678"),
        ("From", "+15005550006"),
        ("Body", "123 & +456 = \u00e4\r\nx"),
    ]


@pytest.mark.parametrize(
    ("status", "again"),
    [(400, False), (401, True), (403, True), (404, True), (408, True), (422, False), (429, True), (500, True), (503, True),
     (301, True), (307, True)],
)  # fmt: skip
def test_an_answer_says_whether_another_try_may_help(status: int, *, again: bool) -> None:
    body = b'{"code": 21211, "message": "The \'To\' number +4915112345678 is not valid"}'
    with server(says(body, status, ("location", "http://127.0.0.1:1/"))) as url, pytest.raises(Undeliverable) as raised:
        send(twilio(url))
    assert raised.value.again == again
    for secret in (PASSWORD, "4915112345678", "123456", SID):
        assert secret not in str(raised.value)


@pytest.mark.parametrize("status", [200, 201])
def test_taken_is_taken(status: int) -> None:
    with server(says(b"{}", status)) as url:
        send(twilio(url))


def test_nobody_there_is_tried_again() -> None:
    with server(says(b"")) as url:
        sender = twilio(url)
    with pytest.raises(Undeliverable) as raised:
        send(sender)
    assert raised.value.again


@pytest.mark.parametrize("to", ["", "+49151\r\nFrom=1", "15112345678", "javascript:1"])
def test_what_is_no_number_is_never_sent(to: str) -> None:
    seen: list[str] = []
    with server(lambda handler: seen.append(handler.path)) as url, pytest.raises(Undeliverable) as raised:
        send(twilio(url), to=to)
    assert not raised.value.again
    assert seen == []


@pytest.mark.parametrize(
    ("url", "more"),
    [("http://api.example.com", {}), ("ftp://api.example.com", {}), ("https://u:p@api.example.com", {}),
     ("https://api.example.com", {"user": "AC/../x"}), ("https://api.example.com", {"user": ""}),
     ("https://api.example.com", {"password": ""}), ("https://api.example.com", {"sender": "Ann"}),
     ("https://api.example.com?x=", {}), ("https://169.254.169.254", {}), ("https://10.0.0.1", {})],
)  # fmt: skip
def test_settings_that_cannot_be_obeyed_are_refused_at_start(url: str, more: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        twilio(url, **more)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("+4915112345678", "+4915112345678"), ("+49 (151) 123-456/78", "+4915112345678"), ("+1.500.555.0006", "+15005550006")],
)  # fmt: skip
def test_a_number_is_kept_in_one_form(text: str, expected: str) -> None:
    assert number(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "+", "0151 12345678", "+0151123456", "+123456", "+1234567890123456", "+49151\n12345678", "+49151\r\n12345678",
     "\uff0b4915112345678", "+\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", "+4915112345678 ext 5", "tel:+4915112345678",
     "+49151123456\u202e78", "+" + " " * 50 + "4915112345678", "+4915112345678,+15005550006"],
)  # fmt: skip
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a telephone number"):
        number(text)
