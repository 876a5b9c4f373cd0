"""Names and secrets are made of the entropy that is given."""

from __future__ import annotations

import base64
import os
import uuid

from ostiary.identity.ids import new_id, new_secret


def test_a_name_is_a_uuid_of_version_4_made_of_16_bytes() -> None:
    made = new_id(lambda count: b"\xff" * count)
    assert made == "ffffffff-ffff-4fff-bfff-ffffffffffff"
    assert uuid.UUID(new_id(os.urandom)).version == 4
    assert len({new_id(os.urandom) for _ in range(1000)}) == 1000


def test_a_secret_is_256_bits_that_fit_into_a_url_and_a_cookie() -> None:
    asked: list[int] = []

    def entropy(count: int) -> bytes:
        asked.append(count)
        return b"\xfb\xff" * (count // 2)

    made = new_secret(entropy)
    assert asked == [32]
    assert base64.urlsafe_b64decode(made + "=") == b"\xfb\xff" * 16
    assert len(made) == 43
    assert set(made) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
