"""Units live in the value, secrets do not speak, and nothing unknown is taken."""

from __future__ import annotations

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.strict import (
    DecodeError,
    Duration,
    Meta,
    Secret,
    Size,
    Strict,
    ValidationError,
    convert,
    dumps,
    fields,
    loads,
)


class Sample(Strict, frozen=True):
    max_age: Duration = Duration("1h")
    size: Size = Size("1KiB")
    tries: Annotated[int, Meta(ge=1, le=10)] = 5
    names: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("250ms", 0.25),
        ("30s", 30),
        ("15m", 900),
        ("1h", 3600),
        ("365d", 31_536_000),
        ("1.5h", 5400),
        ("2 s", 2),
        ("0s", 0),
    ],
)
def test_durations_say_their_unit(text: str, seconds: float) -> None:
    assert Duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "s", "-1s", "1 hour", "1w", "1e3s", "1S", "1s ", "\u0661s", "9999999999999s", "1.s", "1h30m"]
)
def test_what_is_no_duration_is_an_error_that_shows_some(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration such as"):
        Duration(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [("512B", 512), ("64KiB", 65536), ("2MiB", 2 << 20), ("1kB", 1000), ("1.5KiB", 1536), ("1GiB", 1 << 30)],
)
def test_sizes_say_their_unit(text: str, size: int) -> None:
    assert Size(text) == size


@pytest.mark.parametrize("text", ["", "5", "KiB", "-1B", "1 kilobyte", "1kb", "1b", "1TB"])
def test_what_is_no_size_is_an_error_that_shows_some(text: str) -> None:
    with pytest.raises(ValueError, match="expected a size such as"):
        Size(text)


def test_keys_are_kebab_case_and_closed() -> None:
    assert convert({"max-age": "2h", "tries": 3}, Sample) == Sample(max_age=Duration("2h"), tries=3)
    for wrong in ({"max_age": "2h"}, {"maxage": "2h"}, {"tries": 0}, {"tries": "3"}, {"tries": True}, {"names": "a"}):
        with pytest.raises(ValidationError):
            convert(wrong, Sample)


def test_a_number_without_unit_is_not_taken_for_seconds() -> None:
    with pytest.raises(ValidationError, match="with its unit"):
        convert({"max-age": 5}, Sample)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Sample().tries = 7  # type: ignore[misc]  # that is the point


def test_fields_are_named_as_written_with_their_defaults() -> None:
    assert dict(fields(Sample)) == {"max-age": 3600.0, "size": 1024, "tries": 5, "names": ()}
    assert fields(Sample) is fields(Sample)


def test_secrets_do_not_speak() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]} {vars(Secret)}"
    assert secret.reveal() == "hunter2"


@pytest.mark.parametrize(
    "text", [b"", b"NaN", b"[1,]", b"{'a':1}", b"1 2", b'"\xff"', b"[Infinity]", b"01", b"\xef\xbb\xbf1"]
)
def test_json_is_strict(text: bytes) -> None:
    with pytest.raises((DecodeError, UnicodeDecodeError)):
        loads(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_json_round_trips(value: object) -> None:
    assert loads(dumps(value)) == value
