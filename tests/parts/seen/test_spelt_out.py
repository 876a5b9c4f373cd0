"""Only a text that ends in the user's own password, in base64, is name and password themselves."""

from __future__ import annotations

import base64

from ostiary.parts.seen.spelt_out import field_with

SPELT = base64.b64encode(b"alice:s3cret-Word").decode()


def test_basic_by_any_name_is_recognised() -> None:
    assert field_with([("Accept", "*/*"), ("Authorization-Token", SPELT)], "s3cret-Word") == "Authorization-Token"
    assert field_with([("Authorization", f"Basic {SPELT}")], "s3cret-Word") == "Authorization"


def test_another_text_is_none() -> None:
    for value in (SPELT[:-4], "eyJhbGciOiJub25lIn0.e30.", "", "a b c", base64.b64encode(b"alice").decode()):
        assert not field_with([("X-Token", value)], "s3cret-Word")
    assert not field_with([("X-Token", SPELT)], "")
    assert not field_with([("X-Token", SPELT)], "Word")
