"""A real OpenSSH: what its configuration says in general is not what its Match blocks do, and the wire shows the rest."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from live.machine_servers import sshd
from ostiary.audit.answering import answered
from ostiary.audit.gather.machines import machine
from ostiary.audit.gather.machines.host import Host
from ostiary.audit.recognise import recognise
from ostiary.controls.infra.ssh_keys_only.host import audit_host
from ostiary.evidence.machine import Listening, Process
from ostiary.evidence.machine_facts import Ssh
from ostiary.model import Finding, Outcome

pytestmark = pytest.mark.live
GOOD = ("PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin no", "UsePAM yes")


class Here(Host):
    """This machine, on which nothing but one sshd of the test listens."""

    def __init__(self, port: int, config: Path) -> None:
        super().__init__("this machine", threading.Event())
        self._socket = Listening(address="127.0.0.1", port=port, process="sshd", pid=1)
        self._sshd = Process(pid=1, name="sshd", argv=("sshd", "-D", "-f", str(config)))

    def listening(self) -> list[Listening]:
        return [self._socket]

    def processes(self) -> list[Process]:
        return [self._sshd]


def asked(port: int, config: Path) -> tuple[Finding, Ssh]:
    here = Here(port, config)
    return asyncio.run(answered(audit_host, here)), asyncio.run(here.ssh())


def test_keys_alone_pass(tmp_path: Path) -> None:
    with sshd(tmp_path, *GOOD) as (port, config):
        found, ssh = asked(port, config)
    assert found.outcome is Outcome.PASS, found.why
    assert ssh.offered == {port: ("publickey",)}


def test_passwords_in_general_fail(tmp_path: Path) -> None:
    with sshd(tmp_path, "PasswordAuthentication yes", "PermitRootLogin yes") as (port, config):
        found, _ = asked(port, config)
    assert found.outcome is Outcome.FAIL
    assert found.why.startswith("For everybody sshd takes passwords (root's too)")


@pytest.mark.parametrize(
    "match",
    [
        "Match User deploy",
        "Match Group root",
        "Match Address 10.0.0.0/8,192.168.*",
        "Match Host *.inside.test User root",
        "Match LocalPort 2200",
    ],
)
def test_a_match_block_that_turns_passwords_on_again_fails(match: str, tmp_path: Path) -> None:
    lines = (*GOOD, match, "    PasswordAuthentication yes")
    with sshd(tmp_path, *lines) as (port, config):
        found, _ = asked(port, config)
    assert found.outcome is Outcome.FAIL, found.why
    assert [each.startswith(match) for each in found.places] == [True]


def test_a_match_block_in_an_included_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "cloud.conf").write_text("Match User admin\n  PasswordAuthentication yes\n", encoding="utf-8")
    with sshd(tmp_path, *GOOD, f"Include {tmp_path}/*.conf") as (port, config):
        found, _ = asked(port, config)
    assert found.outcome is Outcome.FAIL
    assert "cloud.conf:1" in found.places[0]


def test_a_second_factor_beside_a_key_passes(tmp_path: Path) -> None:
    lines = (
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication yes",
        "UsePAM yes",
        "AuthenticationMethods publickey,keyboard-interactive",
    )
    with sshd(tmp_path, *lines) as (port, config):
        found, _ = asked(port, config)
    assert found.outcome is Outcome.PASS, found.why


def test_keyboard_interactive_that_asks_for_the_password_fails(tmp_path: Path) -> None:
    """Debian's own /etc/pam.d/sshd asks for it."""
    if not Path("/etc/pam.d/sshd").exists():
        pytest.skip("NOT TESTED: there is no /etc/pam.d/sshd (apt-get install openssh-server)")
    with sshd(tmp_path, "PasswordAuthentication no", "KbdInteractiveAuthentication yes", "UsePAM yes") as (
        port,
        config,
    ):
        found, ssh = asked(port, config)
    assert "keyboard-interactive" in ssh.offered[port]
    assert found.outcome is Outcome.FAIL


@pytest.mark.parametrize(("line", "outcome"), [("yes", Outcome.FAIL), ("no", Outcome.PASS)])
def test_a_service_is_judged_by_the_wire_alone(line: str, outcome: Outcome, tmp_path: Path) -> None:
    with sshd(tmp_path, f"PasswordAuthentication {line}", "KbdInteractiveAuthentication no") as (port, _):
        there = machine(recognise(f"127.0.0.1:{port}"), authorized=False, stop=threading.Event())
        assert asyncio.run(answered(audit_host, there)).outcome is outcome
