"""Mail to real servers: over TLS that is checked, to one address, in one piece, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from identity.mail_sink import context_of, mail_sink
from ostiary.errors import ConfigError
from ostiary.parts.delivering import Undeliverable
from ostiary.parts.mail import MailServer, compose, read_sender, read_server, recipient, submit

BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\0"]


def a_mail(to: str = "ann@example.test", subject: str = "Hello", body: str = "Text.\n") -> EmailMessage:
    sender = read_sender("House <no-reply@house.test>", "here")
    return compose(sender, recipient(to), subject, body, name="id-1", domain="house.test", at=1_790_000_000)


def send(server: MailServer, message: EmailMessage | None = None, **more: Any) -> None:
    asyncio.run(submit(server, message or a_mail(), **{"name": "house.test", "timeout": 5.0, **more}))


@contextmanager
def silent() -> Iterator[int]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


# settings


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://mail.example.com", MailServer("mail.example.com", 465, "implicit")),
        ("smtp://mail.example.com", MailServer("mail.example.com", 587, "starttls")),
        ("smtp://mail.example.com:25", MailServer("mail.example.com", 25, "starttls")),
        ("smtp://127.0.0.1:1025", MailServer("127.0.0.1", 1025, "")),
        ("smtp://[::1]:1025", MailServer("::1", 1025, "")),
        ("smtp://localhost:1025", MailServer("localhost", 1025, "")),
        ("smtps://127.0.0.1", MailServer("127.0.0.1", 465, "implicit")),
        ("smtp://127.0.0.1.example.com", MailServer("127.0.0.1.example.com", 587, "starttls")),
        ("smtp://localhost.example.com", MailServer("localhost.example.com", 587, "starttls")),
        ("smtp://192.168.0.1", MailServer("192.168.0.1", 587, "starttls")),
    ],
)
def test_only_this_machine_is_spoken_to_without_tls(url: str, expected: MailServer) -> None:
    assert read_server(url, "here") == expected


@pytest.mark.parametrize(
    "url",
    ["", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://a:0", "smtp://a:99999", "smtp://u:p@a",
     "smtp://a/path", "smtp://a?x=1", "smtp://a#x", "smtp://m\u00e4il.example"],
)  # fmt: skip
def test_what_is_no_server_is_refused_at_start(url: str) -> None:
    with pytest.raises(ConfigError):
        read_server(url, "here")


def test_a_sender_has_a_name_or_none() -> None:
    assert str(read_sender("House of Ann <no-reply@house.test>", "here")) == "House of Ann <no-reply@house.test>"
    assert str(read_sender("no-reply@house.test", "here")) == "no-reply@house.test"


@pytest.mark.parametrize("text", ["", "House", "a@b, c@d", "House <a@b> <c@d>", "<>", "a@b\n", "A\r\nBcc: x@y <a@b>"])
def test_what_is_no_sender_is_refused_at_start(text: str) -> None:
    with pytest.raises(ConfigError):
        read_sender(text, "here")


# nothing breaks a header


@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize("at", ["ann{}@example.test", "ann@example.test{}", "{}ann@example.test", "ann@exam{}ple.test"])
def test_no_address_ends_a_line(at: str, broken: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        recipient(at.format(f"{broken}Bcc: eve@evil.test"))
    with pytest.raises(ValueError, match="not an address"):
        recipient(at.format(broken))


@pytest.mark.parametrize(
    "text",
    ["ann@example.test,eve@evil.test", "ann@example.test eve@evil.test", "Ann <ann@example.test>", "ann", "@example.test",
     "ann@", "a@b@c", '"ann"@example.test', "ann@[127.0.0.1]", "ann(x)@example.test", "a" * 65 + "@example.test"],
)  # fmt: skip
def test_an_address_is_one(text: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        recipient(text)


@pytest.mark.parametrize("broken", BREAKS)
def test_no_subject_ends_a_line(broken: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        a_mail(subject=f"Hello{broken}Bcc: eve@evil.test")


def test_a_body_cannot_end_the_mail_or_add_a_header() -> None:
    body = "one\n.\nRCPT TO:<eve@evil.test>\n\nBcc: eve@evil.test\n..\n"
    with mail_sink() as sink:
        send(MailServer("127.0.0.1", sink.port, ""), a_mail(body=body))
    assert [each.rcpt_tos for each in sink.envelopes] == [["ann@example.test"]]
    assert sink.mails[0].get_content().replace("\r\n", "\n") == body
    assert sink.mails[0]["Bcc"] is None


def test_a_mail_says_that_a_machine_wrote_it_and_asks_for_no_answer() -> None:
    with mail_sink() as sink:
        send(MailServer("127.0.0.1", sink.port, ""))
    (mail,) = sink.mails
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == "<id-1@house.test>"
    assert mail["Reply-To"] is None
    assert mail["From"] == "House <no-reply@house.test>"
    assert sink.envelopes[0].mail_from == "no-reply@house.test"
    assert mail.get_content_type() == "text/plain"


def test_an_international_domain_is_sent_to_in_its_ascii_form() -> None:
    assert recipient("ann@b\u00fccher.example").domain == "xn--bcher-kva.example"


# the way there


def test_starttls_is_used_where_the_certificate_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls, file = context_of(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with mail_sink(tls=tls, require_starttls=True) as sink:
        send(MailServer("127.0.0.1", sink.port, "starttls"))
    assert sink.secured == [True]


def test_implicit_tls_is_used_where_the_certificate_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls, file = context_of(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with mail_sink(tls=tls, implicit=True) as sink:
        send(MailServer("127.0.0.1", sink.port, "implicit"))
    assert sink.secured == [True]


@pytest.mark.parametrize("way", ["starttls", "implicit"])
def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, way: str) -> None:
    tls, _ = context_of(tmp_path)
    with (
        mail_sink(tls=tls, implicit=way == "implicit", password="secret") as sink,
        pytest.raises(Undeliverable) as raised,
    ):
        send(MailServer("127.0.0.1", sink.port, way), user="me", password="secret")
    assert raised.value.again
    assert (sink.envelopes, sink.logins) == ([], [])


@pytest.mark.parametrize("way", ["starttls", "implicit"])
def test_a_certificate_for_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """The certificate is trusted, and says 127.0.0.1."""
    tls, file = context_of(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with mail_sink(tls=tls, implicit=way == "implicit", host="127.0.0.2") as sink, pytest.raises(Undeliverable):
        send(MailServer("127.0.0.2", sink.port, way))
    assert sink.connections, "it was there, and not believed"
    assert sink.envelopes == []


def test_a_server_that_strips_starttls_gets_nothing() -> None:
    with mail_sink(password="secret") as sink, pytest.raises(Undeliverable) as raised:
        send(MailServer("127.0.0.1", sink.port, "starttls"), user="me", password="secret")
    assert raised.value.again
    assert (sink.envelopes, sink.logins) == ([], [])


def test_a_login_is_made_where_one_is_set() -> None:
    with mail_sink(password="secret") as sink:
        send(MailServer("127.0.0.1", sink.port, ""), user="me", password="secret")
    assert sink.logins == [b"me"]
    assert len(sink.envelopes) == 1


def test_a_refused_login_is_tried_again_and_said_without_the_password() -> None:
    with mail_sink(password="secret") as sink, pytest.raises(Undeliverable) as raised:
        send(MailServer("127.0.0.1", sink.port, ""), user="me", password="wr0ng-one")
    assert raised.value.again
    assert "wr0ng" not in str(raised.value)


@pytest.mark.parametrize(
    ("says", "again"),
    [
        ("450 later", True),
        ("451 later", True),
        ("550 no such mailbox", False),
        ("554 spam", False),
        ("530 login", True),
    ],
)
@pytest.mark.parametrize("where", ["says", "refuses"])
def test_a_final_no_is_final(where: str, says: str, *, again: bool) -> None:
    with mail_sink() as sink:
        setattr(sink, where, says)
        with pytest.raises(Undeliverable) as raised:
            send(MailServer("127.0.0.1", sink.port, ""))
    assert raised.value.again == again
    assert "ann@" not in raised.value.why


def test_nobody_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Undeliverable) as raised:
        send(MailServer("127.0.0.1", port, ""))
    assert raised.value.again


def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    with silent() as port, pytest.raises(Undeliverable) as raised:
        send(MailServer("127.0.0.1", port, ""), timeout=0.3)
    assert raised.value.again


def test_a_server_that_answers_each_line_in_time_and_all_of_them_too_late_is_given_up() -> None:
    def answer(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            connection.sendall(b"220 here\r\n")
            while said := connection.recv(4096):
                time.sleep(0.3)
                connection.sendall(b"354 go on\r\n" if said.upper().startswith(b"DATA") else b"250 yes\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer, args=(listening,))
        thread.start()
        try:
            with pytest.raises(Undeliverable):
                send(MailServer("127.0.0.1", listening.getsockname()[1], ""), timeout=0.7)
        finally:
            thread.join(10)


def test_a_mail_that_was_taken_is_not_sent_again_because_the_goodbye_hangs() -> None:
    with mail_sink() as sink:
        sink.hangs_at_quit = True
        send(MailServer("127.0.0.1", sink.port, ""), timeout=2.0)
    assert len(sink.envelopes) == 1
