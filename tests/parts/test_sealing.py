"""What is sealed opens for its place, under its ring, whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.errors import ConfigError
from ostiary.parts.sealing import KeyRing, Unsealable, hashed

ONE, TWO, PEPPER = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
PLACE = "users.email:7c3a"


def ring(*keys: int, pepper: bytes = PEPPER, look_again: Callable[[], dict[int, bytes]] | None = None) -> KeyRing:
    return KeyRing(
        {key: {1: ONE, 2: TWO}.get(key, os.urandom(32)) for key in keys or (1,)}, pepper, os.urandom, look_again
    )


@given(st.binary(max_size=200), st.text(max_size=60))
def test_what_is_sealed_opens_again(text: bytes, place: str) -> None:
    assert ring().open(ring().seal(text, place), place) == text


def test_it_opens_for_no_other_place() -> None:
    sealed = ring().seal(b"ada@example.test", PLACE)
    for other in ("users.email:7c3b", "users.phone:7c3a", "users.email", ""):
        with pytest.raises(Unsealable):
            ring().open(sealed, other)


def test_no_bit_of_it_may_change() -> None:
    sealed = ring().seal(b"secret", PLACE)
    for index in range(len(sealed)):
        for bit in range(8):
            changed = bytearray(sealed)
            changed[index] ^= 1 << bit
            with pytest.raises(Unsealable):
                ring().open(bytes(changed), PLACE)


def test_no_part_of_it_opens() -> None:
    sealed = ring().seal(b"secret", PLACE)
    for length in range(len(sealed)):
        with pytest.raises(Unsealable):
            ring().open(sealed[:length], PLACE)
    with pytest.raises(Unsealable):
        ring().open(sealed + b"\0", PLACE)


def test_another_key_with_the_same_number_does_not_open_it() -> None:
    sealed = ring().seal(b"secret", PLACE)
    with pytest.raises(Unsealable):
        KeyRing({1: TWO}, PEPPER, os.urandom).open(sealed, PLACE)


def test_the_newest_key_seals_and_old_ones_open() -> None:
    before = ring(1).seal(b"secret", PLACE)
    both = ring(1, 2)
    after = both.seal(b"secret", PLACE)
    assert (before[0], after[0]) == (1, 2)
    assert both.open(before, PLACE) == both.open(after, PLACE) == b"secret"
    assert (both.is_old(before), both.is_old(after)) == (True, False)
    assert (both.newest, both.numbers) == (2, (1, 2))
    with pytest.raises(Unsealable):
        ring(2).open(before, PLACE)


def test_what_is_unsealable_says_where_and_never_what() -> None:
    with pytest.raises(Unsealable) as caught:
        ring().open(ring().seal(b"ada@example.test", PLACE), "users.email:secret-id")
    assert "users.email" in str(caught.value)
    assert "secret-id" not in str(caught.value)
    assert "ada" not in str(caught.value)


def test_the_same_text_is_never_sealed_alike() -> None:
    made = ring()
    assert len({made.seal(b"secret", PLACE) for _ in range(200)}) == 200


def test_the_nonce_is_of_the_entropy_that_is_given() -> None:
    asked: list[int] = []

    def entropy(count: int) -> bytes:
        asked.append(count)
        return bytes(count)

    sealed = KeyRing({1: ONE}, PEPPER, entropy).seal(b"x", PLACE)
    assert asked == [12]
    assert sealed[1:13] == bytes(12)


def test_a_key_that_was_added_meanwhile_is_found() -> None:
    folder = {1: ONE}
    running = ring(1, look_again=lambda: folder)
    sealed = ring(1, 2).seal(b"secret", PLACE)
    with pytest.raises(Unsealable):
        running.open(sealed, PLACE)
    folder[2] = TWO
    assert running.open(sealed, PLACE) == b"secret"
    assert running.seal(b"more", PLACE)[0] == 2


def test_looking_again_takes_new_keys_before_one_is_needed() -> None:
    running = ring(1, look_again=lambda: {1: ONE, 2: TWO})
    running.look()
    assert running.newest == 2


@pytest.mark.parametrize("fault", [ConfigError("keys", "is open to others"), ValueError("no key")])
def test_a_folder_that_is_not_as_it_should_be_changes_nothing(fault: Exception) -> None:
    def look() -> dict[int, bytes]:
        raise fault

    running = ring(1, look_again=look)
    running.look()
    with pytest.raises(Unsealable):
        running.open(ring(2).seal(b"secret", PLACE), PLACE)
    assert running.open(running.seal(b"secret", PLACE), PLACE) == b"secret"


def test_keys_that_are_none_are_not_taken_meanwhile() -> None:
    running = ring(1, look_again=lambda: {1: ONE, 2: b"short"})
    running.look()
    assert running.numbers == (1,)


def test_a_digest_is_keyed_and_for_one_purpose() -> None:
    digest = ring().digest(b"ada@example.test", "users.email")
    assert digest == ring(1, 2).digest(b"ada@example.test", "users.email"), "it does not change with the keys"
    assert digest != ring().digest(b"ada@example.test", "users.phone")
    assert digest != ring(pepper=TWO).digest(b"ada@example.test", "users.email")
    assert len(digest) == 32


def test_a_mark_tells_keys_apart_and_is_no_key() -> None:
    made = ring(1, 2)
    assert len({made.mark(0), made.mark(1), made.mark(2), ONE, TWO, PEPPER}) == 6
    assert made.mark(1) == ring(1).mark(1)
    with pytest.raises(KeyError):
        ring(1).mark(2)


@pytest.mark.parametrize(
    "keys", [{}, {1: b"short"}, {1: bytes(33)}, {1: bytes(32)}, {0: ONE}, {256: ONE}, {-1: ONE}, {1: ONE, 2: bytes(32)}]
)
def test_a_ring_without_good_keys_is_not_made(keys: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match="key ring"):
        KeyRing(keys, PEPPER, os.urandom)


@pytest.mark.parametrize("pepper", [b"", b"short", bytes(32), bytes(range(33))])
def test_a_ring_without_a_good_pepper_is_not_made(pepper: bytes) -> None:
    with pytest.raises(ValueError, match="pepper"):
        KeyRing({1: ONE}, pepper, os.urandom)


def test_a_hash_of_a_secret_is_sha_256() -> None:
    assert hashed(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
