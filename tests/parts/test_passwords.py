"""Passwords: whole, keyed, slow, for nobody at the same cost, and never on the loop."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from typing import Any

import bcrypt
import pytest
from argon2 import PasswordHasher

from ostiary.errors import ConfigError, Denied
from ostiary.parts.identity_settings import Passwords
from ostiary.parts.passwords import Hasher, Verified, calibrated, recognises
from ostiary.strict import Duration, Size

GOOD = Verified(good=True, stale=False)
STALE = Verified(good=True, stale=True)
NO = Verified(good=False, stale=False)
CHEAP: dict[str, Any] = {"cost": 4, "workers": 1}


def pepper(key: bytes) -> Callable[[bytes], bytes]:
    return lambda text: hmac.digest(key, text, "sha256")


def hasher(key: bytes = b"k", *, former: tuple[Any, ...] = (), foreign: Any = None, **changes: Any) -> Hasher:
    return Hasher(Passwords(**(CHEAP | changes)), pepper(key), former=former, foreign=foreign, cheapest=4)


def kept_by(made: Hasher, password: str) -> str:
    return asyncio.run(made.hash(password))


def asked(made: Hasher, password: str, kept: str | None) -> Verified:
    return asyncio.run(made.verify(password, kept))


def plain(password: bytes, cost: int = 4, prefix: bytes = b"2b") -> str:
    return bcrypt.hashpw(password, bcrypt.gensalt(cost, prefix=prefix)).decode()


@pytest.mark.parametrize("scheme", ["bcrypt", "argon2id"])
@pytest.mark.parametrize(
    ("password", "other"),
    [
        ("x" * 72 + "a", "x" * 72 + "b"),
        ("left\0right", "left\0wrong"),
        ("\0", "\0\0"),
        ("correct", "Correct"),
        ("a" * 1024, "a" * 1023),
        ("\U0001f511" * 200, "\U0001f511" * 199),
    ],
    ids=["beyond 72 bytes", "behind a NUL", "only NULs", "capitals", "long", "emoji"],
)
def test_the_whole_password_counts(scheme: str, password: str, other: str) -> None:
    made = hasher(scheme=scheme)
    kept = kept_by(made, password)
    assert asked(made, password, kept) == GOOD
    assert asked(made, other, kept) == NO
    assert password not in kept


def test_the_same_characters_typed_otherwise_are_the_same_password() -> None:
    made = hasher()
    kept = kept_by(made, "caf\u00e9 \ufb01ve")
    assert asked(made, "cafe\u0301 five", kept) == GOOD


def test_what_is_no_text_is_nobodys_password() -> None:
    made = hasher()
    assert asked(made, "\ud800", kept_by(made, "")) == NO
    assert asked(made, "\ud800", plain(b"")) == NO
    with pytest.raises(ValueError, match="surrogates"):
        kept_by(made, "\ud800")


def test_a_copy_of_the_database_alone_does_not_verify() -> None:
    kept = kept_by(hasher(b"here"), "secret words")
    assert asked(hasher(b"elsewhere"), "secret words", kept) == NO
    assert not bcrypt.checkpw(b"secret words", kept[9:].encode())


def test_two_hashes_of_one_password_differ() -> None:
    made = hasher()
    assert kept_by(made, "the same") != kept_by(made, "the same")


def test_nobody_is_verified_without_an_account_whatever_they_type() -> None:
    made = hasher()
    assert asked(made, "anything", None) == NO


# what was kept otherwise


@pytest.mark.parametrize("prefix", [b"2a", b"2b"])
def test_plain_bcrypt_of_another_system_is_verified_and_replaced(prefix: bytes) -> None:
    made = hasher()
    assert asked(made, "imported", plain(b"imported", prefix=prefix)) == STALE
    assert asked(made, "Imported", plain(b"imported", prefix=prefix)) == NO


def test_php_s_name_for_bcrypt_is_known() -> None:
    assert asked(hasher(), "imported", plain(b"imported").replace("$2b$", "$2y$")) == STALE


def test_an_imported_hash_of_a_long_password_is_verified_as_its_system_did() -> None:
    long = "y" * 100
    assert asked(hasher(), long, plain(long.encode()[:72])) == STALE


def test_an_imported_hash_is_of_what_was_typed_not_of_its_normal_form() -> None:
    typed = "\ufb01ve lamps"
    assert asked(hasher(), typed, plain(typed.encode())) == STALE


def test_plain_argon2id_is_verified_and_replaced() -> None:
    kept = PasswordHasher(time_cost=1, memory_cost=64, parallelism=2).hash(b"imported")
    made = hasher()
    assert asked(made, "imported", kept) == STALE
    assert asked(made, "other", kept) == NO


@pytest.mark.parametrize(
    "kept", ["", "plain text", "$", "$2b$04$short", "$9$x$y", "p00000000$2b$04$" + "a" * 53, "p1234$"]
)
def test_what_cannot_be_read_is_a_no(kept: str) -> None:
    assert asked(hasher(), "plain text", kept) == NO


def test_a_scheme_of_ones_own_is_verified_by_the_function_given_for_it() -> None:
    def verify(password: bytes, kept: str) -> bool:
        return hmac.compare_digest(kept, f"$old$s${hashlib.pbkdf2_hmac('sha256', password, b's', 10).hex()}")

    kept = f"$old$s${hashlib.pbkdf2_hmac('sha256', b'imported', b's', 10).hex()}"
    made = hasher(foreign={"old": verify})
    assert asked(made, "imported", kept) == STALE
    assert asked(made, "other", kept) == NO
    assert asked(hasher(), "imported", kept) == NO
    assert recognises(kept, {"old": verify})
    assert not recognises(kept)


@pytest.mark.parametrize(
    ("kept", "known"),
    [
        (plain(b"x"), True),
        ("$2b$31$" + "a" * 53, False),
        (PasswordHasher().hash(b"x"), True),
        ("$argon2id$v=19$m=99999999,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g", False),
        ("5f4dcc3b5aa765d61d8327deb882cf99", False),
        ("", False),
    ],
    ids=["bcrypt", "bcrypt of hours", "argon2id", "argon2id of gigabytes", "md5", "nothing"],
)
def test_an_import_can_ask_what_will_be_verified(kept: str, *, known: bool) -> None:
    assert recognises(kept) is known


def test_a_row_cannot_make_us_work_for_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> bool:
        raise AssertionError("hours")

    made = hasher()
    insane = plain(b"x").replace("$04$", "$31$"), "$argon2id$v=19$m=99999999,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g"
    monkeypatch.setattr(bcrypt, "checkpw", never)
    monkeypatch.setattr(PasswordHasher, "verify", never)
    assert [asked(made, "x", kept) for kept in insane] == [NO, NO]


# replacing


def test_another_cost_scheme_memory_or_pepper_makes_a_hash_stale() -> None:
    kept = kept_by(hasher(cost=4), "words")
    assert asked(hasher(cost=4), "words", kept) == GOOD
    assert asked(hasher(cost=5), "words", kept) == STALE
    assert asked(hasher(scheme="argon2id"), "words", kept) == STALE
    assert asked(hasher(b"new", former=(pepper(b"k"),)), "words", kept) == STALE
    argon = kept_by(hasher(scheme="argon2id"), "words")
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in argon
    assert asked(hasher(), "words", argon) == STALE
    assert asked(hasher(scheme="argon2id", memory=Size("20MiB")), "words", argon) == STALE


def test_a_hash_that_costs_more_than_is_asked_for_is_replaced_too() -> None:
    assert asked(hasher(cost=4), "words", kept_by(hasher(cost=5), "words")) == STALE


def test_a_hash_of_a_faster_day_stays_and_nobody_is_known_by_it() -> None:
    """Calibration on a busy day chose less than what is kept: the dummy follows."""
    made = hasher(cost=6)
    kept = kept_by(made, "words")
    made.cost = 5
    assert asked(made, "words", kept) == GOOD
    assert made.cost == 6
    assert made._dummy[:16].endswith("$2b$06$")
    assert asked(made, "words", None) == NO


class Rounds:
    """Counts bcrypt's rounds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done = 0
        self._check, self._hash = bcrypt.checkpw, bcrypt.hashpw
        monkeypatch.setattr(bcrypt, "checkpw", self.check)
        monkeypatch.setattr(bcrypt, "hashpw", self.hash)

    def check(self, password: bytes, kept: bytes) -> bool:
        self.done += 1 << int(kept[4:6])
        return self._check(password, kept)

    def hash(self, password: bytes, salt: bytes) -> bytes:
        self.done += 1 << int(salt[4:6])
        return self._hash(password, salt)


@pytest.mark.parametrize("case", ["nobody", "somebody", "cheaper", "imported", "unknown pepper", "not text"])
def test_a_no_costs_the_same_whoever_it_is_about(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = hasher(cost=8)
    kept = {
        "nobody": None, "somebody": kept_by(made, "x"), "cheaper": kept_by(hasher(cost=5), "x"), "imported": plain(b"x", 6),
        "unknown pepper": kept_by(hasher(b"lost", cost=8), "x"), "not text": kept_by(made, "x"),
    }[case]  # fmt: skip
    rounds = Rounds(monkeypatch)
    assert asked(made, "\ud800" if case == "not text" else "wrong", kept) == NO
    assert rounds.done == 1 << 8


# threads


def test_hashing_leaves_the_loop_alone() -> None:
    """Eight hashes; the loop is never away for as long as one takes."""
    made = hasher(cost=10, workers=2)

    async def lag() -> float:
        worst = 0.0
        work = asyncio.gather(*(made.verify("x", None) for _ in range(8)))
        while not work.done():
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            worst = max(worst, time.perf_counter() - began)
        return worst

    one = time.perf_counter()
    asked(made, "x", None)
    one = time.perf_counter() - one
    assert asyncio.run(lag()) < 3 * one  # on the loop it would be eight


def test_a_full_queue_is_a_503_that_says_when(monkeypatch: pytest.MonkeyPatch) -> None:
    made = hasher(workers=1, queue=2)
    go = threading.Event()
    monkeypatch.setattr(made, "_judge", lambda *_: go.wait(20) and NO)

    async def crowd() -> list[Any]:
        waiting = [asyncio.create_task(made.verify("x", None)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Denied) as refused:
            await made.verify("x", None)
        assert refused.value.status == 503
        assert int(refused.value.headers["retry-after"]) >= 1
        go.set()
        return await asyncio.gather(*waiting)

    assert asyncio.run(crowd()) == [NO] * 3
    assert made._taken == 0


def test_who_hangs_up_gives_the_place_back_when_the_thread_is_done_and_not_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = hasher(workers=1, queue=1)
    go = threading.Event()
    monkeypatch.setattr(made, "_judge", lambda *_: go.wait(20) and NO)

    async def impatient() -> None:
        running, waiting = (asyncio.create_task(made.verify("x", None)) for _ in range(2))
        await asyncio.sleep(0.05)
        running.cancel()
        waiting.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)
        assert made._taken == 1  # what waited is gone, what runs cannot be stopped
        go.set()
        for _ in range(200):
            if not made._taken:
                break
            await asyncio.sleep(0.01)
        assert made._taken == 0

    asyncio.run(impatient())


def test_a_crash_in_a_thread_gives_its_place_back() -> None:
    def broken(_password: bytes, _kept: str) -> bool:
        raise RuntimeError

    made = hasher(foreign={"broken": broken})
    for _ in range(made._places + 1):
        with pytest.raises(RuntimeError):
            asked(made, "x", "$broken$x")
    assert made._taken == 0


# settings


def test_the_cost_is_what_the_machine_can_afford_and_never_below_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr(time, "thread_time", lambda: next(clock) * 0.059)  # of cost 10, as measured once
    assert calibrated(12, 0.250, 10) == 12
    assert calibrated(12, 0.200, 10) == 11
    assert calibrated(14, 0.005, 10) == 10
    assert calibrated(10, 0.001, 10) == 10


def test_twelve_is_kept_when_it_is_affordable() -> None:
    made = Hasher(Passwords(workers=1, longest_time=Duration("10s")), pepper(b"k"))
    assert made.cost == 12
    assert kept_by(made, "x")[9:16] == "$2b$12$"


@pytest.mark.parametrize(
    "wrong",
    [
        {"cost": 9}, {"cost": 17}, {"memory": Size("18MiB")}, {"passes": 1}, {"passes": 0, "memory": Size("64MiB")},
        {"shortest": 7}, {"shortest": 65}, {"longest": 255}, {"longest": 4097}, {"workers": -1}, {"workers": 65},
        {"queue": 0}, {"queue": 10_001},
    ],
    ids=str,
)  # fmt: skip
def test_settings_that_keep_passwords_badly_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"\[identity\] passwords"):
        Hasher(Passwords(**({"workers": 1} | wrong)), pepper(b"k"))
