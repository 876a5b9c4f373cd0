"""What is owed by mail or text: written with its transaction, sent once, wiped, never given up too early or tried for ever."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from identity.house import CHEAPEST, ISSUER, House
from identity.mail_sink import Sink, mail_sink
from ostiary.errors import ConfigError
from ostiary.identity import outgoing
from ostiary.identity.carriers import Carriers
from ostiary.identity.opening import close_services, open_services
from ostiary.identity.outgoing import LEASE, PAUSES, Outgoing, list_outbox
from ostiary.identity.services import Services
from ostiary.identity.storage import outbox
from ostiary.identity.storage.sweeping import sweep
from ostiary.parts.delivering import Undeliverable
from ostiary.parts.identity_settings import Mail, Texts

ANN = "ann@example.test"
LINK = f"{ISSUER}/reset?token=s3cr3t-0123456789"
RESET = {"link": LINK, "lifetime": "20 minutes"}
BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\0", "\u202e", "\t"]


async def owe(services: Services, to: str = ANN, template: str = "reset-password", values: Any = None) -> None:
    async with services.database.write() as connection:
        await services.outgoing.mail(connection, to, template, RESET if values is None else values)


def through(sink: Sink) -> dict[str, Any]:
    """Settings by which mail leaves through a sink."""
    return {"mail": Mail(server=f"smtp://127.0.0.1:{sink.port}", sender="House <no-reply@example.test>")}


# writing


def test_without_a_server_operators_read_the_mails(house: House) -> None:
    house.run(owe(house.services))
    (shown,) = house.run(list_outbox(house.services))
    assert (shown.state, shown.to) == ("kept", ANN)
    assert LINK in shown.body


def test_a_mail_of_a_transaction_that_failed_is_none(house: House) -> None:
    async def fail() -> None:
        async with house.services.database.write() as connection:
            await house.services.outgoing.mail(connection, ANN, "account-deleted", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        house.run(fail())
    assert house.run(list_outbox(house.services)) == []


def test_what_waits_is_sealed(house: House, tmp_path: Path) -> None:
    house.run(owe(house.services))
    kept = b"".join(each.read_bytes() for each in tmp_path.glob("identity.db*"))
    assert b"outbox" in kept
    assert ANN.encode() not in kept
    assert b"s3cr3t" not in kept


@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize("field", ["to", "link", "lifetime"])
def test_no_value_breaks_a_line(house: House, field: str, broken: str) -> None:
    given = {"to": ANN, **RESET}
    given[field] += f"{broken}Bcc: eve@evil.test"
    with pytest.raises(ValueError, match=r"one line|address|elsewhere"):
        house.run(owe(house.services, given.pop("to"), values=given))
    assert house.run(list_outbox(house.services)) == []


@pytest.mark.parametrize(
    "link",
    ["https://evil.test/reset?token=x", f"{ISSUER}.evil.test/reset?token=x", f"{ISSUER}@evil.test/reset", "/reset?token=x",
     "javascript:alert(1)", f"{ISSUER}/reset x", f"http{ISSUER[5:]}/reset?token=x", f"//{ISSUER[8:]}/reset", ISSUER],
)  # fmt: skip
def test_a_link_that_leads_elsewhere_is_not_sent(house: House, link: str) -> None:
    """Whatever a Host header made somebody believe: links begin with the issuer, or there is no mail."""
    with pytest.raises(ValueError, match="elsewhere"):
        house.run(owe(house.services, values={**RESET, "link": link}))


def test_a_link_is_built_on_the_issuer_alone(house: House) -> None:
    made = house.services.outgoing.link("/reset", "a b&c=\r\n")
    assert made == f"{ISSUER}/reset?token=a%20b%26c%3D%0D%0A"
    for path in ("//evil.test", "https://evil.test", "/a b", "", "/a\n", "@evil.test", "/a?b"):
        with pytest.raises(ValueError, match="page of ours"):
            house.services.outgoing.link(path, "x")


@pytest.mark.parametrize("values", [{}, {"link": LINK}, {**RESET, "more": "x"}, {**RESET, "title": "Bank"}])
def test_a_message_takes_what_it_needs_and_no_more(house: House, values: dict[str, str]) -> None:
    if "title" in values:  # is known, and not the caller's
        house.run(owe(house.services, values=values))
        assert "Bank" not in house.run(list_outbox(house.services))[0].subject
        return
    with pytest.raises(ValueError, match="other values"):
        house.run(owe(house.services, values=values))


@pytest.mark.parametrize(
    "changes",
    [
        {"mail": Mail(server="smtp://mail.example.com")},
        {"mail": Mail(server="http://mail.example.com", sender="a@b.test")},
        {"mail": Mail(server="smtp://mail.example.com", sender="nobody")},
        {"title": "House\r\nBcc: eve@evil.test"},
        {"title": " "},
        {"texts": Texts(url="http://sms.example.com", user="AC1", sender="+15005550006")},
    ],
)
def test_settings_that_cannot_be_obeyed_are_refused_at_start(make_house: Callable[..., House], changes: Any) -> None:
    with pytest.raises(ConfigError):
        make_house(**changes)


# sending


def test_a_mail_to_nobody_never_leaves_and_is_swept(make_house: Callable[..., House]) -> None:
    with mail_sink() as sink:
        house = make_house(**through(sink))

        async def owe_nobody() -> None:
            async with house.services.database.write() as connection:
                await house.services.outgoing.mail(connection, ANN, "reset-password", RESET, leaves=False)

        house.run(owe_nobody())
        house.clock.now += 3600
        assert house.run(house.services.outgoing.deliver_once()) == 0
    assert not sink.envelopes
    assert house.run(list_outbox(house.services)) == []
    assert house.run(sweep(house.services.database, house.clock.now + 8 * 86400))["outbox"] == 1


def test_a_mail_is_sent_once_and_wiped(make_house: Callable[..., House]) -> None:
    with mail_sink() as sink:
        house = make_house(**through(sink))
        house.run(owe(house.services))
        assert house.run(list_outbox(house.services))[0].body == "", "a live link is not shown where it leaves by mail"
        assert house.run(house.services.outgoing.deliver_once()) == 1
        assert house.run(house.services.outgoing.deliver_once()) == 0
        (shown,) = house.run(list_outbox(house.services))
    assert (shown.state, shown.to, shown.body, shown.sent_at) == ("sent", "", "", house.clock.now)
    (mail,) = sink.mails
    assert mail["To"] == ANN
    assert mail["Message-ID"] == f"<{shown.id}@accounts.example.test>"
    assert LINK in mail.get_content().replace("=\n", "")
    assert [each.message for each in rows(house)] == [b""]


def rows(house: House) -> list[outbox.Kept]:
    async def read() -> list[outbox.Kept]:
        async with house.services.database.read() as connection:
            return await outbox.latest(connection, limit=100)

    return house.run(read())


def test_a_mail_is_tried_again_after_growing_pauses_and_given_up_in_the_end(make_house: Callable[..., House]) -> None:
    with mail_sink() as sink:
        sink.says = "450 later"
        house = make_house(**through(sink))
        house.run(owe(house.services))
        waits = []
        for _ in range(len(PAUSES)):
            assert house.run(house.services.outgoing.deliver_once()) == 1
            waits.append(rows(house)[0].due_at - house.clock.now)
            house.clock.now += waits[-1] - 1
            assert house.run(house.services.outgoing.deliver_once()) == 0, "too early"
            house.clock.now += 1
        assert house.run(house.services.outgoing.deliver_once()) == 1
        house.clock.now += 30 * 86400
        assert house.run(house.services.outgoing.deliver_once()) == 0, "it has an end"
    assert waits == sorted(waits)
    assert 3600 < sum(waits) < 3 * 86400
    (shown,) = house.run(list_outbox(house.services))
    assert shown.state == "given up"
    assert rows(house)[0].message == b""


def test_a_mail_that_was_refused_for_good_is_not_tried_again(make_house: Callable[..., House]) -> None:
    with mail_sink() as sink:
        sink.refuses = "550 no such mailbox"
        house = make_house(**through(sink))
        house.run(owe(house.services))
        house.run(house.services.outgoing.deliver_once())
        house.clock.now += 86400
        assert house.run(house.services.outgoing.deliver_once()) == 0
    assert house.run(list_outbox(house.services))[0].state == "given up"


def test_a_mail_that_cannot_be_opened_does_not_stop_the_others(make_house: Callable[..., House]) -> None:
    async def spoil() -> None:
        async with house.services.database.write() as connection:
            await outbox.add(connection, name="x", channel="mail", message=b"\x01" * 60, at=house.clock.now)

    with mail_sink() as sink:
        house = make_house(**through(sink))
        house.run(spoil())
        house.run(owe(house.services))
        house.run(house.services.outgoing.deliver_once())
    assert len(sink.envelopes) == 1
    assert Counter(each.state for each in house.run(list_outbox(house.services))) == {"sent": 1, "given up": 1}


def test_eight_workers_send_each_mail_once(any_house: House) -> None:
    """Each has its own connections, as another process has."""
    settings = any_house.services.settings

    async def race(mail: Mail) -> None:
        async with AsyncExitStack() as stack:
            workers = []
            for _ in range(8):
                own = await open_services(
                    settings_with(settings, mail), profile="production", store=any_house.store, now=any_house.clock,
                    entropy=os.urandom, cheapest=CHEAPEST,
                )  # fmt: skip
                stack.push_async_callback(close_services, own)
                workers.append(own)
            for number in range(40):
                await owe(workers[0], f"ann{number}@example.test")
            while any(await asyncio.gather(*(each.outgoing.deliver_once() for each in workers))):
                pass

    with mail_sink() as sink:
        any_house.run(race(through(sink)["mail"]))
    counted = Counter(each.rcpt_tos[0] for each in sink.envelopes)
    assert counted == Counter(f"ann{number}@example.test" for number in range(40))


def settings_with(settings: Any, mail: Mail) -> Any:
    return type(settings)(**{name: getattr(settings, name) for name in settings.__struct_fields__} | {"mail": mail})


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from identity.house import house_in
from ostiary.identity.carriers import Carriers
from ostiary.parts.identity_settings import Mail

async def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

Carriers.carry = killed
mail = Mail(server="smtp://127.0.0.1:1", sender="no-reply@example.test")
with house_in(Path(sys.argv[1]), mail=mail) as house:
    house.run(house.services.outgoing.deliver_once())
"""


def test_a_mail_whose_sender_was_killed_is_sent_later(make_house: Callable[..., House], tmp_path: Path) -> None:
    with mail_sink() as sink:
        house = make_house(**through(sink))
        house.run(owe(house.services))
        here = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        child = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, timeout=60, env=here)
        assert child.returncode == -signal.SIGKILL
        assert rows(house)[0].claimed_until == house.clock.now + LEASE
        assert house.run(house.services.outgoing.deliver_once()) == 0, "it may still be on its way"
        house.clock.now += LEASE
        assert house.run(house.services.outgoing.deliver_once()) == 1
    assert [each.rcpt_tos for each in sink.envelopes] == [[ANN]]


def test_who_comes_too_late_does_not_undo_what_another_did(house: House) -> None:
    """A claim that lapsed is another's: neither the pause nor the giving up of the first counts any more."""

    async def claim() -> outbox.Kept:
        async with house.services.database.write() as connection:
            now = house.clock.now
            (kept,) = await outbox.claim(connection, now=now, until=now + LEASE, channels=("mail",), most=1)
            return kept

    async def late(kept: outbox.Kept) -> None:
        async with house.services.database.write() as connection:
            await outbox.give_up(connection, kept)
            await outbox.postpone(connection, kept, due=0.0)

    house.run(owe(house.services))
    first = house.run(claim())
    house.clock.now += LEASE
    second = house.run(claim())
    house.run(late(first))
    assert rows(house) == [second]


def test_running_sends_what_comes_and_stops_when_told(make_house: Callable[..., House]) -> None:
    async def run(services: Services) -> None:
        running = asyncio.create_task(services.outgoing.run())
        for number in range(20):
            await owe(services, f"ann{number}@example.test")
        async with asyncio.timeout(30):
            while len(sink.envelopes) < 20:  # noqa: ASYNC110 - the sink lives in another thread
                await asyncio.sleep(0.02)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    with mail_sink() as sink:
        house = make_house(**through(sink))
        house.run(run(house.services))
        assert {each.state for each in house.run(list_outbox(house.services, 100))} == {"sent"}


def test_what_is_on_its_way_when_we_stop_is_finished_and_noted(
    make_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()
    carry = Carriers.carry

    async def slowly(*given: Any) -> bool:
        begun.set()
        await asyncio.sleep(0.3)
        return await carry(*given)

    async def run(services: Services) -> None:
        running = asyncio.create_task(services.outgoing.run())
        await asyncio.wait_for(begun.wait(), 10)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    monkeypatch.setattr(Carriers, "carry", slowly)
    with mail_sink() as sink:
        house = make_house(**through(sink))
        house.run(owe(house.services))
        house.run(run(house.services))
    assert len(sink.envelopes) == 1
    assert house.run(list_outbox(house.services))[0].state == "sent"


def test_stopping_waits_for_nobody_for_ever(make_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch) -> None:
    begun = asyncio.Event()

    async def never(*_: Any) -> bool:
        begun.set()
        await asyncio.sleep(600)
        return True

    async def run(services: Services) -> None:
        running = asyncio.create_task(services.outgoing.run())
        await asyncio.wait_for(begun.wait(), 10)
        running.cancel()
        done, _ = await asyncio.wait({running}, timeout=5)
        assert done == {running}
        assert running.cancelled()

    monkeypatch.setattr(Carriers, "carry", never)
    monkeypatch.setattr(outgoing, "LAST_WORDS", 0.1)
    with mail_sink() as sink:
        house = make_house(**through(sink))
        house.run(owe(house.services))
        house.run(run(house.services))
    (kept,) = rows(house)
    assert kept.sent_at is None
    assert kept.message


def test_no_more_are_on_their_way_at_once_than_there_is_room_for(
    make_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    now, most = 0, 0

    async def counted(*_: Any) -> bool:
        nonlocal now, most
        now, most = now + 1, max(most, now + 1)
        await asyncio.sleep(0.02)
        now -= 1
        return True

    async def run(services: Services) -> None:
        for number in range(3 * outgoing.AT_ONCE):
            await owe(services, f"ann{number}@example.test")
        running = asyncio.create_task(services.outgoing.run())
        async with asyncio.timeout(20):
            while any(each.state != "sent" for each in await list_outbox(services, 100)):  # noqa: ASYNC110 - the row is what is waited for
                await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    monkeypatch.setattr(Carriers, "carry", counted)
    with mail_sink() as sink:
        house = make_house(**through(sink))
        house.run(run(house.services))
    assert 2 <= most <= outgoing.AT_ONCE


# the folder of the development profile


def with_folder(house: House, folder: Path) -> Outgoing:
    s = house.services
    return Outgoing(
        s.settings, issuer=s.issuer, database=s.database, ring=s.ring, now=s.now, entropy=s.entropy, folder=folder
    )


def test_a_folder_takes_mails_for_their_owner_alone_and_operators_still_read_them(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    sending = with_folder(house, folder)
    before = os.umask(0)
    try:
        house.run(owe(house.services))
        assert house.run(sending.deliver_once()) == 1
        assert house.run(sending.deliver_once()) == 0
    finally:
        os.umask(before)
    (file,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text(encoding="utf-8").startswith(f"To: {ANN}\nSubject: Set a new password")
    (shown,) = house.run(sending.latest(10))
    assert (shown.state, LINK in shown.body) == ("kept", True)


def test_texts_need_a_provider_or_a_folder(house: House, tmp_path: Path) -> None:
    assert not house.services.outgoing.can_text
    assert with_folder(house, tmp_path / "outbox").can_text


class Phone:
    """A provider of texts that keeps them."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []

    async def send(self, to: str, body: str, *, timeout: float) -> None:  # noqa: ASYNC109 - as in the protocol
        if to.endswith("9"):
            raise Undeliverable("no such number", again=False)
        self.got.append((to, body))


def test_texts_leave_by_their_provider(house: House) -> None:
    phone, s = Phone(), house.services
    sending = Outgoing(
        s.settings, issuer=s.issuer, database=s.database, ring=s.ring, now=s.now, entropy=s.entropy, texts=phone
    )

    async def text(to: str) -> None:
        async with s.database.write() as connection:
            await sending.text(connection, to, "phone-code", {"code": "123456", "lifetime": "10 minutes"})

    for to in ("+4915112345678", "+4915112345679"):
        house.run(text(to))
    house.run(sending.deliver_once())
    ((to, body),) = phone.got
    assert to == "+4915112345678"
    assert body.startswith("123456 is your code for Ostiary")
    assert len(body) <= 160, "one text, not two"
    assert Counter(each.state for each in house.run(sending.latest(10))) == {"sent": 1, "given up": 1}
    with pytest.raises(ValueError, match="telephone"):
        house.run(text("+49151\r\n12345678"))


# logs


@pytest.mark.parametrize("says", ["", "450 later ann@example.test s3cr3t", "550 no ann@example.test s3cr3t"])
def test_nothing_that_a_message_holds_is_logged(
    make_house: Callable[..., House], caplog: pytest.LogCaptureFixture, says: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with mail_sink() as sink:
        sink.says = says
        house = make_house(**through(sink))
        house.run(owe(house.services))
        house.run(house.services.outgoing.deliver_once())
    ours = [each.getMessage() + (each.exc_text or "") for each in caplog.records if not each.name.startswith("mail.")]
    assert bool(says) == any("outbox" in each for each in ours)
    assert not [each for each in ours if "s3cr3t" in each or re.search(r"ann@", each)]
