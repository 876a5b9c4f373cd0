"""ostiary serve --identity as a process: it says where it is, asks for its first operator, refuses in sentences, ends when asked."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pty
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mortal import mortal

SECONDS = 60.0
PASSWORD = "violet kettle 94 marsh"
FAST = "[identity.passwords]\ncost = 10\nworkers = 1\n"
PUBLIC = ("--issuer", "https://accounts.example.com")


def environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("OSTIARY")} | more


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ostiary", *arguments]


def refused(folder: Path, *arguments: str, **more: str) -> str:
    """The sentence with which it does not start."""
    done = subprocess.run(
        command("serve", "--identity", *arguments), cwd=folder, env=environment(**more), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.startswith("ostiary: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@contextmanager
def served(folder: Path, *arguments: str, **more: str) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """A process that serves, its port, and what it said until then."""
    if not (folder / "ostiary.toml").exists():
        (folder / "ostiary.toml").write_text(FAST)
    with mortal(
        subprocess.Popen(
            command("serve", "--identity", *arguments),
            cwd=folder,
            env=environment(**more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    ) as process:
        assert process.stdout is not None
        said, last = "", "--dev:" if "--dev" in arguments else "listens on"
        while last not in said:  # what is behind it is read ahead, and `communicate` would not give it
            line = process.stdout.readline()
            assert line, process.communicate()
            said += line
        yield process, int(re.findall(r"listens on .*:(\d+)\)", said)[0]), said


def get(port: int, path: str, host: str = "localhost") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers={"host": f"{host}:{port}"})
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


# refusals, before anything is made


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--port", "0"), "issuer: is not set"),
        (("--issuer", "http://accounts.example.com", "--port", "0"), "must be https"),
        (("--issuer", "https://accounts.example.com/x", "--port", "0"), "has a path"),
        (("--dev", "--listen", "0.0.0.0:8600"), "this machine alone"),
        (("--dev", "--listen", "[::]:8600"), "this machine alone"),
        ((*PUBLIC, "--listen", "0.0.0.0:8600"), "without TLS"),
        ((*PUBLIC, "--listen", "8600"), "not an address and port"),
        ((*PUBLIC, "--listen", "127.0.0.1:65536"), "not an address and port"),
        ((*PUBLIC, "--port", "65536"), "from 0 to 65535"),
        ((*PUBLIC, "--listen", "127.0.0.1:1", "--port", "1"), "say one of the two"),
        ((*PUBLIC, "--tls-certificate", "a.pem"), "come together"),
        ((*PUBLIC, "--tls-certificate", "a.pem", "--tls-key", "b.pem"), "cannot be used"),
        (("--dev", "--upstream", "http://127.0.0.1:1"), "about the gateway"),
        (("--dev", "--workers", "2"), "about the gateway"),
        (("--dev", "--development"), "say --dev"),
        (("--config", "none.toml"), "cannot be read"),
        (("--dev", "--port", "0", "--database", "mysql://x/y"), "no such database"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_one_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(tmp_path, *arguments)
    assert [each.name for each in tmp_path.iterdir()] == []


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"cannot listen on 127.0.0.1:{port}" in refused(tmp_path, "--dev", "--port", str(port))
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_are_one_sentence(tmp_path: Path) -> None:
    keys = tmp_path / "open"
    keys.mkdir()
    keys.chmod(0o755)
    assert "chmod go=" in refused(tmp_path, "--dev", "--port", "0", "--keys", str(keys))
    assert "cannot be opened" in refused(
        tmp_path, "--dev", "--port", "0", "--database", f"sqlite:///{tmp_path}/none/x.db"
    )
    assert "does not answer" in refused(tmp_path, "--dev", "--port", "0", "--database", "postgresql://127.0.0.1:1/x")


def test_proxies_that_do_tls_may_be_in_front(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").write_text(FAST + '[beyond.host-and-proxy-trust]\nproxies = ["192.0.2.0/24"]\n')
    with served(tmp_path, *PUBLIC, "--listen", "0.0.0.0:0") as (process, port, said):
        assert "https://accounts.example.com" in said
        assert get(port, "/sign-in", "evil.example")[0] in {400, 421}
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)
        assert process.returncode == 0


# serving


def test_it_serves_says_what_is_missing_and_ends_by_sigterm(tmp_path: Path) -> None:
    with served(tmp_path, "--dev", "--port", "0") as (process, port, said):
        assert f"http://localhost:{port}" in said
        status, text = get(port, "/openapi.json")
        assert (status, json.loads(text)["openapi"]) == (200, "3.1.0")
        assert get(port, "/sign-in")[0] == 200
        assert get(port, "/sign-in", "evil.example")[0] == 421
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert "nobody is asked for a proof of work" in said + out
    assert "ostiary user add ADDRESS --role operator" in err
    assert "Traceback" not in err
    assert "destroyed" not in err
    assert (tmp_path / "ostiary-identity.keys").stat().st_mode & 0o077 == 0
    assert (tmp_path / "ostiary-identity.db").stat().st_mode & 0o077 == 0


def test_the_environment_names_the_first_operator_once(tmp_path: Path) -> None:
    first = {"OSTIARY_OPERATOR_EMAIL": "op@example.com", "OSTIARY_OPERATOR_PASSWORD": PASSWORD}
    assert "the first operator: choose another password: is shorter than 15 characters" in with_short_password(tmp_path)
    for turn in range(2):
        with served(tmp_path, "--dev", "--port", "0", **first) as (process, _, said):
            assert ("op@example.com is an operator now" in said) == (turn == 0)
            assert ("/account/factors" in said) == (turn == 0)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0
        assert PASSWORD not in said + err
        assert "No operator yet" not in err


def with_short_password(folder: Path) -> str:
    (folder / "ostiary.toml").write_text(FAST)
    done = subprocess.run(
        command("serve", "--identity", "--dev", "--port", "0"), cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=environment(OSTIARY_OPERATOR_EMAIL="op@example.com", OSTIARY_OPERATOR_PASSWORD="short"), timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    return done.stderr


def test_tls_is_served_with_a_certificate(tmp_path: Path) -> None:
    with served(tmp_path, "--dev", "--port", "0", "--tls-self-made") as (process, port, said):
        assert f"https://localhost:{port}" in said
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with urllib.request.urlopen(f"https://localhost:{port}/sign-in", timeout=20, context=context) as reply:
            assert reply.status == 200
            assert "max-age" in reply.headers["strict-transport-security"]
        old = ssl.create_default_context()
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        old.set_ciphers("AES128-SHA")
        with socket.create_connection(("127.0.0.1", port), 20) as raw, pytest.raises(ssl.SSLError):
            old.wrap_socket(raw)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)
    assert process.returncode == 0


def begun(port: int) -> bytes:
    """A request whose body is not whole yet."""
    head = f"POST /sessions HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{".encode()


def test_an_answer_under_way_is_finished_and_nothing_new_begun(tmp_path: Path) -> None:
    with served(tmp_path, "--dev", "--port", "0") as (process, port, _):
        with socket.create_connection(("127.0.0.1", port), 20) as slow:
            slow.sendall(begun(port))
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            with pytest.raises(ConnectionError):
                get(port, "/sign-in")
            slow.sendall(b"}")
            assert slow.recv(100).startswith(b"HTTP/1.1 422")
        process.communicate(timeout=SECONDS)
    assert process.returncode == 0


def test_who_interrupts_twice_does_not_wait(tmp_path: Path) -> None:
    with (
        served(tmp_path, "--dev", "--port", "0") as (process, port, _),
        socket.create_connection(("127.0.0.1", port), 20) as slow,
    ):
        slow.sendall(begun(port))
        time.sleep(0.5)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert time.monotonic() - began < 8
    assert "Traceback" not in err


def test_interrupted_while_it_starts_it_leaves_quietly(tmp_path: Path) -> None:
    for wait in (0.6, 1.5, 3.0):
        with mortal(
            subprocess.Popen(
                command("serve", "--identity", "--dev", "--port", "0"),
                cwd=tmp_path,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        ) as process:
            time.sleep(wait)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=SECONDS)
        assert process.returncode in {0, 130, -signal.SIGINT}, err
        assert "Task was destroyed" not in err


def test_more_connections_than_there_may_be_are_told_so(tmp_path: Path) -> None:
    with served(tmp_path, "--dev", "--port", "0") as (process, port, _):
        held = [socket.create_connection(("127.0.0.1", port), 20) for _ in range(505)]
        try:
            time.sleep(1)
            assert get(port, "/sign-in")[0] == 503
        finally:
            for each in held:
                each.close()
        until = time.monotonic() + 20
        while get(port, "/sign-in")[0] != 200:
            assert time.monotonic() < until
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)
    assert process.returncode == 0


# on a terminal


class Terminal:
    """A process on a terminal, and somebody who types."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            command(*arguments), cwd=folder, env=environment(COLUMNS="80"), stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True, close_fds=True,
        )  # fmt: skip
        os.close(theirs)
        self._file, self.text = ours, ""

    def until(self, wanted: str) -> str:
        end = time.monotonic() + SECONDS
        while wanted not in self.text:
            assert time.monotonic() < end, self.text
            if select.select([self._file], [], [], 0.2)[0]:
                try:
                    self.text += os.read(self._file, 4096).decode()
                except OSError:
                    break
        assert wanted in self.text, self.text
        return self.text

    def type(self, line: str) -> None:
        os.write(self._file, line.encode())

    def interrupt(self) -> None:
        """An interrupt between a prompt and its read is only noted there, and the read waits on: a line ends it then."""
        self.process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(3)
            return
        self.type("\n")

    def ended(self) -> int:
        """Read to the end: a terminal that nobody reads holds whoever writes to it."""
        with contextlib.suppress(AssertionError):
            self.until("never said")
        return self.process.wait(SECONDS)

    def close(self) -> None:
        os.close(self._file)


@contextmanager
def terminal(folder: Path, *arguments: str) -> Iterator[Terminal]:
    (folder / "ostiary.toml").write_text(FAST)
    made = Terminal(folder, *arguments)
    with mortal(made.process):
        try:
            yield made
        finally:
            made.close()


def test_on_a_terminal_it_asks_for_the_first_operator(tmp_path: Path) -> None:
    with terminal(tmp_path, "serve", "--identity", "--port", "0", *PUBLIC) as there:
        there.until("E-mail address of the first one")
        there.type("op@example.com\n")
        there.until("Password of op@example.com: ")
        there.type(f"{PASSWORD}\n")
        there.until("again: ")
        there.type(f"{PASSWORD}\n")
        text = there.until("listens on")
        assert "set up a second factor" in text
        assert PASSWORD not in text
        there.process.send_signal(signal.SIGTERM)
        assert there.ended() == 0


def test_nobody_has_to_answer_and_who_interrupts_the_question_leaves(tmp_path: Path) -> None:
    with terminal(tmp_path, "serve", "--identity", "--port", "0", *PUBLIC) as there:
        there.until("E-mail address of the first one")
        there.type("\n")
        assert "No operator yet" in there.until("listens on")
        there.process.send_signal(signal.SIGTERM)
        assert there.ended() == 0
    with terminal(tmp_path, "serve", "--identity", "--port", "0", *PUBLIC) as there:
        there.until("E-mail address of the first one")
        there.interrupt()
        assert there.ended() == 130
        assert "Traceback" not in there.text
