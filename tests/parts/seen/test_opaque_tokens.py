"""Tokens that can be foretold are told from random ones, in the forms that libraries and hands give them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Callable

import pytest

from ostiary.parts.seen.opaque_tokens import judge

NOW = 1_795_000_000.4
MOMENTS = [NOW + number * 0.6 for number in range(6)]
KNOWN = ["alice", "42", "alice@mail.example"]
RECORD = '{"permissao": 0, "username": "alice"}'  # as secDevLabs' saidajaula-monster writes it
Made = Callable[[int], str]


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "made",
    [
        lambda _: secrets.token_urlsafe(32), lambda _: secrets.token_hex(20), lambda _: str(uuid.uuid4()),
        lambda at: f"{at + 7}|{secrets.token_hex(20)}", lambda _: b64(f"42|{secrets.token_hex(16)}"),
        lambda at: str(uuid.UUID(int=int(MOMENTS[at] * 1000) << 80 | 7 << 76 | secrets.randbits(74))),
        lambda _: "alice:1tN5Yz:" + secrets.token_hex(22), lambda _: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.abcdef",
        lambda _: b64(RECORD + "." + hmac.new(b"s", RECORD.encode(), "sha256").hexdigest()),
        lambda _: b64('{"user": "alice", "sid": "9944b09199c62bcf94"}'),
        lambda _: "9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b",
    ],
    ids=["urlsafe", "hex", "uuid4", "numbered", "user and random", "uuid7", "signed", "jwt", "keyed", "record with a secret", "kept"],
)  # fmt: skip
def test_sound_tokens_are_not_accused(made: Made) -> None:
    for _ in range(20):
        assert judge([made(at) for at in range(6)], KNOWN, MOMENTS).fault == ""


def test_a_random_part_that_happens_to_rise_does_not_count() -> None:
    def made(at: int) -> str:
        head = f"{int(MOMENTS[at] * 1000):012x}"
        return f"{head[:8]}-{head[8:]}-7{(0x1A4, 0x3F0, 0x55B, 0x8E1, 0xC07, 0xF2D)[at]:03x}-8{secrets.token_hex(8)[1:4]}-{secrets.token_hex(6)}"

    assert judge([made(at) for at in range(6)], KNOWN, MOMENTS).fault == ""


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda at: str(1000 + at), "counted up"), (lambda at: str(int(MOMENTS[at] * 1000)), "a time"),
        (lambda at: b64(f"alice:{int(MOMENTS[at])}"), "a time"), (lambda _: b64("alice"), "own name"),
        (lambda _: hashlib.md5(b"alice", usedforsecurity=False).hexdigest(), "bare md5"),
        (lambda at: hashlib.sha256(str(int(MOMENTS[at])).encode()).hexdigest(), "bare sha256"),
        (lambda _: b64(RECORD + "." + hashlib.sha256(RECORD.encode()).hexdigest()), "bare sha256 of it"),
        (lambda _: f"{b64(RECORD)}.{hashlib.md5(RECORD.encode(), usedforsecurity=False).hexdigest()}", "bare md5 of it"),
        (lambda _: b64(RECORD), "anybody can write"),
        (lambda at: f"{secrets.randbelow(1000):06d}{at}", "bits"),
        (lambda at: f"{int(MOMENTS[at]):08x}5f3e2a1b9c{0x1A2B00 + at:06x}", "bits"),
    ],
    ids=["counter", "milliseconds", "user and time", "user", "md5 of user", "sha256 of time", "summed", "summed inside", "record", "short", "object id"],
)  # fmt: skip
def test_what_can_be_foretold_is_found(made: Made, why: str) -> None:
    assert why in judge([made(at) for at in range(6)], KNOWN, MOMENTS).fault


def test_too_few_samples_decide_nothing_but_a_time() -> None:
    assert judge(["1000", "1001"], KNOWN, MOMENTS[:2]).fault == ""
