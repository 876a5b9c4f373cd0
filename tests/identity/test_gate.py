"""Nobody guesses for free: tries are reserved, failures lead to work and to jail, and passkeys stay usable meanwhile."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from collections.abc import Callable
from typing import Any

import altcha
import pytest

from identity.house import ISSUER, Clock, House
from identity.people import ANN, GOOD, person
from ostiary.errors import ConfigError, Denied, StoreError
from ostiary.identity import events
from ostiary.identity.flows import signing_in
from ostiary.identity.gate import Gate
from ostiary.identity.limits import GUESSES, pepper_of
from ostiary.identity.services import Visit
from ostiary.identity.web import Request, visit_of
from ostiary.parts import attempts_prisoners
from ostiary.parts.attempts import account_digest, key
from ostiary.parts.identity_settings import Identity, Jail
from ostiary.parts.sealing import KeyRing
from ostiary.store.memory import MemoryStore
from ostiary.store.ports import Attempt, Count, Ladder
from ostiary.strict import Duration

VICTIM = "victim@example.com"


@pytest.fixture(autouse=True)
def _easy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puzzles that are solved at once."""
    monkeypatch.setattr("ostiary.identity.gate._TRIALS", 20)


class Door:
    """A gate over a store of its own."""

    def __init__(self, *, captcha: bool = False, real: bool = False, **jail: Any) -> None:
        self.clock = Clock(time.time()) if real else Clock()
        self.store = MemoryStore(clock=self.clock, now=self.clock)
        self.ring = KeyRing({1: os.urandom(32)}, os.urandom(32), os.urandom)
        settings = Identity(issuer=ISSUER, captcha=captcha, jail=Jail(**jail))
        self.gate = Gate(settings, store=self.store, ring=self.ring, now=self.clock, entropy=os.urandom)

    def guess(
        self, source: str = "192.0.2.1", account: str = VICTIM, *, good: bool = False, kind: str = "password", captcha: str = ""
    ) -> Denied | None:  # fmt: skip
        """One guess: None if it was judged, or the refusal of the gate."""

        async def do() -> Denied | None:
            judged = False
            try:
                async with self.gate.guess(Visit(source, captcha=captcha), kind, account) as guess:
                    judged = True
                    if good:
                        guess.good()
            except Denied as denied:
                assert not judged
                return denied
            return None

        return asyncio.run(do())

    def fails(self, times: int, source: str = "192.0.2.1", account: str = VICTIM, kind: str = "password") -> None:
        for _ in range(times):
            assert self.guess(source, account, kind=kind) is None

    def is_jailed(self, source: str = "192.0.2.1", account: str = VICTIM, kind: str = "password") -> bool:
        refusal = self.guess(source, account, good=True, kind=kind)
        assert refusal is None or refusal.status == 429
        return refusal is not None

    def do(self, doing: Any) -> Denied | None:
        """Do something, and hear whether it was refused."""

        async def run() -> Denied | None:
            try:
                await doing
            except Denied as denied:
                return denied
            return None

        return asyncio.run(run())

    def knock(self, kind: str, source: str = "192.0.2.1", captcha: str = "") -> Denied | None:
        return self.do(self.gate.knock(Visit(source, captcha=captcha), kind))

    def send(self, to: str, source: str = "192.0.2.1", kind: str = "message") -> Denied | None:
        return self.do(self.gate.send(Visit(source), to, kind))


# guesses


def test_whoever_fails_five_times_waits_and_the_right_password_does_too() -> None:
    door = Door()
    door.fails(5)
    refusal = door.guess(good=True)
    assert refusal is not None
    assert refusal.status == 429
    assert refusal.headers == {"retry-after": "60"}
    door.clock.now += 59
    assert door.is_jailed()
    door.clock.now += 1
    assert not door.is_jailed()


def test_terms_grow_and_end_by_themselves() -> None:
    door = Door()
    waits = []
    for _ in range(5):
        door.fails(5)
        refusal = door.guess()
        assert refusal is not None
        waits.append(int(refusal.headers["retry-after"]))
        door.clock.now += waits[-1]
    assert waits == [60, 300, 1800, 7200, 7200]
    assert not door.is_jailed()


def test_nothing_is_done_for_the_jailed() -> None:
    door = Door()
    door.fails(5)
    worked: list[int] = []

    async def enter() -> None:
        async with door.gate.guess(Visit("192.0.2.1"), "password", VICTIM):
            worked.append(1)

    assert door.do(enter()) is not None
    assert worked == []


def test_the_refusal_tells_nothing_of_the_account() -> None:
    door = Door()
    answers = []
    for account in (VICTIM, "nobody@example.com"):
        door.fails(5, account=account)
        refusal = door.guess(account=account)
        assert refusal is not None
        answers.append((refusal.status, refusal.reason, refusal.headers, refusal.members))
    assert answers[0] == answers[1]


def test_fifty_guesses_side_by_side_are_five() -> None:
    door = Door()
    entered: list[int] = []

    async def one() -> None:
        try:
            async with door.gate.guess(Visit("192.0.2.1"), "password", VICTIM):
                entered.append(1)
                await asyncio.sleep(0.01)
        except Denied:
            return

    async def race() -> None:
        await asyncio.gather(*(one() for _ in range(50)))

    asyncio.run(race())
    assert len(entered) == 5


def test_fifty_sign_ins_side_by_side_hash_five_times(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the flow: what costs us a hash is behind the gate."""
    services = house.services
    house.run(person(services))
    hashed: list[str] = []
    verify = services.hasher.verify

    async def counted(password: str, kept: str | None) -> Any:
        hashed.append(password)
        return await verify(password, kept)

    monkeypatch.setattr(services.hasher, "verify", counted)

    async def one() -> int:
        try:
            await signing_in.sign_in(services, house.visit(), ANN, "wrong")
        except Denied as denied:
            return denied.status
        return 200

    async def race() -> list[int]:
        return await asyncio.gather(*(one() for _ in range(50)))

    assert sorted(house.run(race())) == [401] * 5 + [429] * 45
    assert len(hashed) == 5


# whom it holds


def test_the_jail_does_not_spread() -> None:
    door = Door()
    door.fails(5)
    assert door.is_jailed()
    assert not door.is_jailed(account="other@example.com")
    assert not door.is_jailed(source="192.0.2.2")


def test_an_account_that_is_guessed_at_from_everywhere_is_closed_to_strangers() -> None:
    door = Door()
    assert door.guess("203.0.113.5", good=True) is None  # its owner, at home
    for each in range(50):
        door.fails(1, source=f"198.51.100.{each}")
    assert door.is_jailed(source="192.0.2.200"), "fifty sources had a guess each, and the next one has too"
    assert not door.is_jailed(source="203.0.113.5"), "its owner is locked out"
    assert not door.is_jailed(source="192.0.2.200", account="other@example.com")


def test_a_source_that_tries_everybody_is_jailed_as_a_whole() -> None:
    door = Door()
    assert door.guess(account="colleague@example.com", good=True) is None
    for each in range(30):
        door.fails(1, account=f"victim{each}@example.com")
    assert door.is_jailed(account="next@example.com")
    assert not door.is_jailed(account="colleague@example.com"), "whoever was known there is locked out"
    assert not door.is_jailed(source="192.0.2.2", account="next@example.com")


def test_an_own_account_does_not_wash_a_source() -> None:
    """A success takes back its own strike and nobody else's."""
    door = Door()
    for each in range(29):
        door.fails(1, account=f"victim{each}@example.com")
        assert door.guess(account="attacker@example.com", good=True) is None
    door.fails(1, account="victim99@example.com")
    assert door.is_jailed(account="next@example.com")


def test_a_success_clears_the_strikes_of_its_account_and_source() -> None:
    door = Door()
    for _ in range(4):
        door.fails(4)
        assert door.guess(good=True) is None
    door.fails(4, source="192.0.2.2")
    assert door.guess(good=True) is None
    door.fails(1, source="192.0.2.2")
    assert door.is_jailed(source="192.0.2.2"), "a success elsewhere cleared this source's strikes"


@pytest.mark.parametrize(
    "spelling", ["VICTIM@example.com", " victim@example.com ", "victim@EXAMPLE.com", "vi\u200bctim@example.com"]
)
def test_another_spelling_is_the_same_account(spelling: str) -> None:
    door = Door()
    door.fails(4)
    door.fails(1, account=spelling)
    assert door.is_jailed()


def test_addresses_of_one_customer_are_one_source() -> None:
    door = Door()
    for each in range(5):
        door.fails(1, source=f"2001:db8:0:1::{each:x}")
    assert door.is_jailed(source="2001:db8:0:1:ffff::1")
    assert not door.is_jailed(source="2001:db8:0:2::1")


def test_header_fields_change_no_source() -> None:
    """What a client writes about where it is neither frees it nor jails somebody else."""
    door = Door()

    def visit(number: int) -> Visit:
        told = f"198.51.100.{number}".encode()
        names = (b"x-forwarded-for", b"x-real-ip", b"forwarded", b"true-client-ip", b"cf-connecting-ip", b"x-client-ip")
        headers = [(name, b"for=" + told if name == b"forwarded" else told) for name in names]
        return visit_of(
            Request({"type": "http", "method": "POST", "path": "/", "headers": headers, "client": ("192.0.2.1", 1)})
        )

    async def fail(at: Visit) -> None:
        async with door.gate.guess(at, "password", VICTIM):
            pass

    for number in range(5):
        assert door.do(fail(visit(number))) is None
    refusal = door.do(fail(visit(99)))
    assert refusal is not None
    assert refusal.status == 429
    assert not door.is_jailed(source="198.51.100.0")


def test_who_has_no_address_is_counted_by_account() -> None:
    door = Door()
    door.fails(5, source="")
    assert door.is_jailed(source="")
    for each in range(40):
        door.fails(1, source="", account=f"victim{each}@example.com")
    assert not door.is_jailed(source="", account="next@example.com")


# what it counts


def test_a_passkey_opens_while_the_password_is_jailed() -> None:
    door = Door()
    for each in range(30):
        door.fails(1, account=f"victim{each}@example.com")
    door.fails(5, source="192.0.2.2")
    for source in ("192.0.2.1", "192.0.2.2"):
        assert door.is_jailed(source=source, account="next@example.com") or source == "192.0.2.2"
        assert door.knock("passkey", source) is None
        assert door.guess(source, "", good=True, kind="passkey") is None


def test_passkeys_that_fail_are_held_by_source() -> None:
    door = Door()
    door.fails(30, account="", kind="passkey")
    assert door.is_jailed(account="", kind="passkey")
    assert not door.is_jailed(source="192.0.2.2", account="", kind="passkey")


def test_codes_of_all_kinds_share_five_tries_wherever_they_come_from() -> None:
    door = Door()
    me = "00000000-0000-4000-8000-000000000001"
    for each, kind in enumerate(("totp", "recovery-code", "code", "totp", "code")):
        door.fails(1, source=f"198.51.100.{each}", account=me, kind=kind)
    for kind in ("totp", "recovery-code", "code"):
        assert door.is_jailed(source="192.0.2.200", account=me, kind=kind)
    assert not door.is_jailed(source="192.0.2.200", account="00000000-0000-4000-8000-000000000002", kind="totp")


def test_a_known_source_is_not_spared_for_codes() -> None:
    """Whoever asks for a code has shown the password: a source vouches for nothing then."""
    door = Door()
    assert door.guess(account="u", good=True, kind="totp") is None
    for each in range(5):
        door.fails(1, source=f"198.51.100.{each}", account="u", kind="totp")
    assert door.is_jailed(account="u", kind="totp")


def test_links_and_devices_are_held() -> None:
    door = Door()
    door.fails(30, account="", kind="link")
    assert door.is_jailed(account="", kind="link")
    door.fails(5, account="u", kind="user-code")
    assert door.is_jailed(account="u", kind="user-code")


def test_a_client_is_locked_out_by_nobody_else() -> None:
    door = Door()
    door.fails(100, account="shop", kind="client")
    assert door.is_jailed(account="shop", kind="client")
    assert not door.is_jailed(source="192.0.2.2", account="shop", kind="client")
    assert not door.is_jailed(account="SHOP", kind="client"), "clients' names are taken exactly"


def test_fifty_calls_of_one_client_side_by_side_pass() -> None:
    door = Door()

    async def one() -> int:
        try:
            async with door.gate.guess(Visit("192.0.2.1"), "client", "shop") as guess:
                await asyncio.sleep(0.01)
                guess.good()
        except Denied:
            return 1
        return 0

    async def race() -> list[int]:
        return await asyncio.gather(*(one() for _ in range(50)))

    assert sum(asyncio.run(race())) == 0


# how a try ends


def raises(door: Door, error: BaseException, *, good: bool = False) -> None:
    async def enter() -> None:
        async with door.gate.guess(Visit("192.0.2.1"), "password", VICTIM) as guess:
            if good:
                guess.good()
            raise error

    with pytest.raises(type(error)):
        asyncio.run(enter())


@pytest.mark.parametrize("error", [StoreError("away"), Denied(503, "busy"), RuntimeError("bug"), Denied(500, "broken")])
def test_a_fault_of_ours_takes_the_try_back(error: Exception) -> None:
    door = Door()
    door.fails(4)
    for _ in range(5):
        raises(door, error)
    assert not door.is_jailed()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refusal_is_a_failure(status: int) -> None:
    door = Door()
    for _ in range(5):
        raises(door, Denied(status, "wrong"))
    assert door.is_jailed()


def test_hanging_up_is_a_failure() -> None:
    door = Door()

    async def enter() -> None:
        async with door.gate.guess(Visit("192.0.2.1"), "password", VICTIM):
            await asyncio.sleep(10)

    async def hang_up() -> None:
        task = asyncio.create_task(enter())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    for _ in range(5):
        asyncio.run(hang_up())
    assert door.is_jailed()


def test_nobody_passes_while_the_store_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door()

    def away(*_: Any) -> float:
        raise StoreError("away")

    monkeypatch.setattr(door.store.strikes, "attempt", away)
    with pytest.raises(StoreError):
        door.guess(good=True)


def test_names_are_bounded_and_kept_as_keyed_digests() -> None:
    door = Door()
    door.fails(5, account="x" * 1_000_000)
    assert door.is_jailed(account="x" * 1_000_000)
    door.fails(5)
    keys = [each.key for each in door.store.strikes.prisoners()]
    assert max(map(len, keys)) < 121
    assert any(account_digest(VICTIM, pepper_of(door.ring)) in each for each in keys)
    assert not any(account_digest(VICTIM) in each for each in keys), "whoever reads the store can try names"


# proofs of work


def solved(refusal: Denied | None) -> str:
    """The answer to the puzzle of a refusal."""
    assert refusal is not None
    assert refusal.status == 403
    assert refusal.headers["x-captcha-required"] == "altcha"
    assert refusal.members is not None
    told: Any = refusal.members["challenge"]
    challenge = altcha.Challenge.from_dict(told["challenge"])
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return altcha.Payload(challenge, solution).to_base64()


def test_after_three_failures_from_a_source_guesses_are_worked_for() -> None:
    door = Door(captcha=True, real=True)
    for each in range(3):
        door.fails(1, account=f"victim{each}@example.com")
    answer = solved(door.guess(account="next@example.com"))
    assert door.guess(account="next@example.com", captcha=answer) is None
    again = door.guess(account="next@example.com", captcha=answer)
    assert again is not None, "an answer counts twice"
    assert again.status == 403
    assert door.guess(source="192.0.2.2", account="next@example.com") is None


def test_an_account_that_is_guessed_at_from_many_places_costs_work_everywhere_but_at_home() -> None:
    door = Door(captcha=True, real=True)
    assert door.guess("203.0.113.5", good=True) is None
    for each in range(3):
        door.fails(1, source=f"198.51.100.{each}")
    refusal = door.guess("198.51.100.77")
    assert refusal is not None
    assert refusal.status == 403
    assert door.guess("203.0.113.5", good=True) is None


def forged(answer: str) -> str:
    plain = json.loads(base64.b64decode(answer))
    plain["challenge"]["parameters"]["cost"] = 1
    return base64.b64encode(json.dumps(plain).encode()).decode()


@pytest.mark.parametrize(
    "spoil", [forged, lambda _: "x" * 100, lambda _: "A" * 100_000, lambda answer: answer[:-8], lambda _: "e30="]
)
def test_what_is_no_answer_buys_nothing(spoil: Callable[[str], str]) -> None:
    door = Door(captcha=True, real=True)
    door.fails(3)
    answer = solved(door.guess())
    refusal = door.guess(captcha=spoil(answer))
    assert refusal is not None
    assert refusal.status == 403
    assert door.guess(captcha=answer) is None


def test_an_answer_is_for_what_it_was_asked_for_and_for_minutes() -> None:
    door = Door(captcha=True, real=True)
    door.fails(3)
    answer = solved(door.guess())
    door.knock("register")
    refusal = door.knock("register", captcha=answer)
    assert refusal is not None, "an answer for sign-in registers"
    late = solved(door.guess())
    door.clock.now += 301
    refusal = door.guess(captcha=late)
    assert refusal is not None
    assert refusal.status == 403


def test_other_services_answers_are_none() -> None:
    ours, theirs = Door(captcha=True, real=True), Door(captcha=True, real=True)
    theirs.ring = KeyRing({1: os.urandom(32)}, os.urandom(32), os.urandom)
    settings = Identity(issuer=ISSUER, jail=Jail())
    theirs.gate = Gate(settings, store=theirs.store, ring=theirs.ring, now=theirs.clock, entropy=os.urandom)
    for each in (ours, theirs):
        each.fails(3)
    refusal = ours.guess(captcha=solved(theirs.guess()))
    assert refusal is not None
    assert refusal.status == 403


def test_being_asked_for_work_costs_no_try() -> None:
    door = Door(captcha=True, real=True)
    door.fails(3)
    for _ in range(20):
        refusal = door.guess()
        assert refusal is not None
        assert refusal.status == 403, "asking for the puzzle jailed them"
    for _ in range(2):
        assert door.guess(captcha=solved(door.guess())) is None
    refusal = door.guess()
    assert refusal is not None
    assert refusal.status == 429, "work buys tries that the jail does not count"


def test_work_is_asked_for_always_or_never_where_that_is_set() -> None:
    always = Door(captcha=True, real=True, captcha_after=0)
    assert always.guess(captcha=solved(always.guess())) is None
    never = Door(captcha=False)
    never.fails(4)
    assert never.gate.challenge("password") == {}
    assert never.knock("register") is None
    assert never.knock("register") is None


def test_codes_and_passkeys_are_not_worked_for() -> None:
    door = Door(captcha=True, real=True)
    door.fails(3)
    assert door.guess(account="u", kind="totp") is None
    assert door.guess(account="", kind="passkey") is None


# paces


def test_registrations_cost_work_after_the_first_and_are_ten_an_hour() -> None:
    door = Door(captcha=True, real=True)
    assert door.knock("register") is None
    for _ in range(9):
        assert door.knock("register", captcha=solved(door.knock("register"))) is None
    refusal = door.knock("register", captcha=solved(door.knock("register")))
    assert refusal is not None
    assert refusal.status == 429
    assert int(refusal.headers["retry-after"]) > 60
    assert door.knock("register", source="192.0.2.2") is None


def test_visits_of_people_are_counted_by_source_and_kind() -> None:
    door = Door(knocks=5)
    assert [door.knock("reset") for _ in range(5)] == [None] * 5
    refusal = door.knock("reset")
    assert refusal is not None
    assert (refusal.status, refusal.headers["retry-after"]) == (429, "12")
    assert door.knock("resend") is None
    assert door.knock("reset", source="192.0.2.2") is None
    door.clock.now += 12
    assert door.knock("reset") is None


def test_clients_have_a_wide_pace_of_their_own() -> None:
    door = Door(calls=600)
    answers = [door.knock("token") for _ in range(101)]
    assert answers[:100] == [None] * 100
    assert answers[100] is not None
    assert door.knock("introspect") is None


def test_a_visit_that_nobody_named_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody knocks"):
        Door().knock("else")


def test_those_without_an_address_share_a_pace() -> None:
    door = Door(knocks=2)
    assert [door.knock("reset", source="") is None for _ in range(3)] == [True, True, False]


def test_one_message_a_minute_and_five_an_hour_go_to_one_place() -> None:
    door = Door()
    assert door.send(VICTIM) is None
    refusal = door.send(VICTIM.upper(), source="192.0.2.2")
    assert refusal is not None
    assert (refusal.status, refusal.headers["retry-after"]) == (429, "60")
    for _ in range(4):
        door.clock.now += 60
        assert door.send(VICTIM) is None
    door.clock.now += 60
    assert door.send(VICTIM, source="192.0.2.3") is not None
    assert door.send("other@example.com", source="192.0.2.3") is None
    assert door.send(VICTIM, kind="notice") is None


def test_a_number_is_the_same_in_every_spelling() -> None:
    door = Door()
    assert door.send("+49 170 1234567") is None
    assert door.send("0049170/1234567") is not None


def test_one_source_causes_so_many_messages() -> None:
    door = Door(source_sends=3)
    assert [door.send(f"{each}@example.com") is None for each in range(4)] == [True, True, True, False]
    assert door.send("new@example.com", source="192.0.2.2") is None


# operators


def test_each_key_is_one_that_operators_see_and_free() -> None:
    door = Door(captcha=True, real=True, captcha_after=100)
    for number, (kind, what) in enumerate(GUESSES.items()):
        tries = 1000 if what.account == "client" else 30
        for each in range(tries):  # the source's
            door.guess(f"198.51.100.{number}", f"account{each}", kind=kind)
        for _ in range(100):  # the pair's and the account's
            door.guess(f"203.0.113.{number}", "account", kind=kind)
        for each in range(60):
            door.guess(f"2001:db8:{number}:{each}::1", f"wide{number}", kind=kind)
    kinds = {":".join(each.key.split(":", 2)[:2]) for each in door.store.strikes.prisoners(most=10_000)}
    known = {each for each in attempts_prisoners.KINDS if each.startswith("identity-")}
    assert kinds == {each for each in known if not each.startswith("identity-captcha")}
    few = Door(captcha=True, real=True)
    few.fails(3)
    kinds = {":".join(each.key.split(":", 2)[:2]) for each in few.store.strikes.prisoners()}
    assert kinds == {each for each in known if each.startswith("identity-captcha")}
    shown = asyncio.run(attempts_prisoners.listed(few.store, {"source": "192.0.2.1"}))["prisoners"]
    assert [each["kind"] for each in shown] == ["identity-captcha:source"]
    assert asyncio.run(attempts_prisoners.freed(few.store, {"all": True})) == {"freed": 2}
    assert few.guess() is None


@pytest.mark.parametrize(
    "jail",
    [
        {"tries": 0}, {"tries": 101, "account_tries": 101}, {"tries": 60, "account_tries": 50}, {"account_tries": 101},
        {"source_tries": 0}, {"sends": 0}, {"source_sends": 0}, {"registrations": 0}, {"knocks": 0}, {"calls": 0},
        {"captcha_after": -1}, {"pause": Duration(0)}, {"terms": ()}, {"terms": (Duration("5m"), Duration("1m"))},
        {"window": Duration("0s")},
    ],
)  # fmt: skip
def test_limits_that_hold_nobody_are_refused(jail: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"identity\.jail"):
        Door(**jail)


# the log


def test_a_jailing_is_written_down_once_a_term_with_its_owner(house: House) -> None:
    services = house.services
    ann = house.run(person(services)).id

    async def guess(email: str) -> None:
        try:
            await signing_in.sign_in(services, house.visit(), email, "wrong")
        except Denied:
            return

    for email in (ANN, "nobody@example.com"):
        for _ in range(12):
            house.run(guess(email))
    found = house.run(events.read(services, what="signin.jailed"))
    assert [(each.user_id, each.source, each.details) for each in found] == [
        (None, "192.0.2.1", {"kind": "password"}),
        (ann, "192.0.2.1", {"kind": "password"}),
    ]
    house.clock.now += 60
    assert house.run(signing_in.sign_in(services, house.visit(), ANN, GOOD)).session.user_id == ann


def test_refusals_do_not_fill_the_log(house: House) -> None:
    services = house.services
    for _ in range(30):
        house.store.strikes.settle(_attempt(house, "192.0.2.1"), good=False)

    async def guess(email: str) -> None:
        with pytest.raises(Denied, match="429"):
            await signing_in.sign_in(services, house.visit(), email, "wrong")

    for each in range(40):
        house.run(guess(f"victim{each}@example.com"))
    assert len(house.run(events.read(services, what="signin.jailed"))) == 5


def _attempt(house: House, source: str) -> Any:
    """What one guess from there counts against, of the source alone."""
    ladder = Ladder(30, 900, (60.0,), 86400)
    attempt = Attempt((Count(key("identity-password", "source", source), ladder),))
    assert house.store.strikes.attempt(attempt) == 0
    return attempt
