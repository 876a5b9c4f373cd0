"""What a caller named is found however he spelt it, and looking for it takes no longer than reading it."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote

import pytest

from exchanges import exchange
from ostiary.parts.submitted import names

HOST = "evil.example"
JSON = [("content-type", "application/json")]


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/x", "//EVIL.example", quote("https://evil.example", safe=""), quote(quote("//evil.example:1", safe="")),
        base64.b64encode(b"https://evil.example/").decode(), "\uff45vil.example", "evil\u3002example", "ev\til.example",
    ],
)  # fmt: skip
def test_a_place_is_found_in_every_spelling(text: str) -> None:
    body = json.dumps({"list": ["first", {"next": text}]}).encode()
    assert names(exchange("POST", "/go", JSON, body), HOST)
    assert names(exchange("GET", f"/go?x=1&next={quote(text)}"), HOST)


@pytest.mark.parametrize("text", ["notevil.example", "evil.example.org", "sub.evil.example", "evil", "evil example"])
def test_a_part_of_another_name_is_not_it(text: str) -> None:
    assert not names(exchange("POST", "/go", JSON, json.dumps([text, "evil", ".example"]).encode()), HOST)


def test_an_accent_that_stands_apart_is_found_too() -> None:
    body = json.dumps(["bu\u0308cher.example"], ensure_ascii=False).encode()
    assert names(exchange("POST", "/go", JSON, body), "b\u00fccher.example")


@pytest.mark.parametrize(
    "document", ["a" + "\u0315\u0300" * 60_000, ["%252525"] * 30_000, ["QUFBQUFBQUFBQUFB"] * 15_000]
)
def test_looking_takes_time_in_proportion(document: object) -> None:
    """Normalising a run of marks takes quadratic time: 120,000 of them took a quarter of a minute."""
    made = exchange("POST", "/go", JSON, json.dumps(document, ensure_ascii=False).encode())
    began = time.process_time()
    assert not names(made, HOST)
    assert time.process_time() - began < 1.0
