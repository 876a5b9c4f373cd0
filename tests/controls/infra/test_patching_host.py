"""A machine is patched when nothing waits, nothing runs of replaced files, its lists are fresh and its release lives."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from ostiary.audit.answering import answered
from ostiary.controls.ci.os_package_vulns.host import audit_host as audit_packages
from ostiary.controls.infra.patching.host import audit_host
from ostiary.errors import Unanswerable
from ostiary.evidence.machine_facts import Release
from ostiary.evidence.supply import Stale, Update, Updates
from ostiary.model import Evidence, Finding, Outcome, Severity

NOW = dt.datetime.now(dt.UTC)
WAITS = Update(name="libssl3", installed="1", candidate="2", security=True)
HARMLESS = Update(name="bash", installed="1", candidate="2")
LIVES = Release(name="Debian 13", ends=NOW.date() + dt.timedelta(days=400))
ENDED = Release(name="Debian 9", ends=dt.date(2020, 7, 18), extended=dt.date(2022, 6, 30))


class Machine:
    local = True

    def __init__(self, updates: Updates | str, release: Release = LIVES) -> None:
        self._updates = updates
        self._release = release

    def updates(self) -> Updates:
        if isinstance(self._updates, str):
            raise Unanswerable(self._updates)
        return self._updates

    def release(self) -> Release:
        return self._release

    def show(self, what: str, where: str = "", extract: str = "") -> Evidence:
        return Evidence(what=what, where=where, extract=extract)


def asked(check: Any, updates: Updates | str, release: Release = LIVES) -> Finding:
    return asyncio.run(answered(check, Machine(updates, release)))


def state(*pending: Update, days: float = 1, **more: Any) -> Updates:
    return Updates(pending=pending, listed=NOW - dt.timedelta(days=days), **more)


@pytest.mark.parametrize(
    ("updates", "outcome", "why"),
    [
        (state(WAITS, HARMLESS), Outcome.FAIL, "1 security updates wait"),
        (state(WAITS, automatic=True), Outcome.FAIL, "installed nothing for a week"),
        (state(WAITS, automatic=True, upgraded=NOW - dt.timedelta(days=2)), Outcome.UNKNOWN, "installed by themselves"),
        (state(stale=(Stale(process="nginx", pid=7, files=("/usr/lib/libssl.so.3",)),)), Outcome.FAIL, "replaced"),
        (state(reboot=True), Outcome.FAIL, "restarted"),
        (state(kernels=("6.1.0-21",)), Outcome.FAIL, "6.1.0-21"),
        (state(HARMLESS), Outcome.PASS, "no security update waits"),
        (state(automatic=True), Outcome.PASS, "unattended-upgrades"),
        (state(days=8), Outcome.UNKNOWN, "8 days old: apt-get update"),
        (Updates(pending=()), Outcome.UNKNOWN, "never fetched"),
        (state(unseen=3), Outcome.UNKNOWN, "run as root"),
        ("no apt-get here", Outcome.UNKNOWN, "no apt-get here"),
    ],
)
def test_patching(updates: Updates | str, outcome: Outcome, why: str) -> None:
    finding = asked(audit_host, updates)
    assert finding.outcome is outcome
    assert why in finding.why


def test_a_process_to_restart_weighs_less_than_an_update_that_waits() -> None:
    assert asked(audit_host, state(reboot=True)).severity is Severity.MEDIUM
    assert asked(audit_host, state(WAITS)).severity is None


@pytest.mark.parametrize("check", [audit_host, audit_packages])
def test_an_ended_release_fails_whatever_waits(check: Any) -> None:
    finding = asked(check, state(), ENDED)
    assert finding.outcome is Outcome.FAIL
    assert "2022-06-30" in finding.why


@pytest.mark.parametrize(
    ("updates", "outcome"),
    [
        (state(WAITS), Outcome.FAIL),
        (state(HARMLESS), Outcome.PASS),
        (state(days=9), Outcome.UNKNOWN),
        ("no apt-get here", Outcome.UNKNOWN),
    ],
)
def test_packages_of_a_machine(updates: Updates | str, outcome: Outcome) -> None:
    assert asked(audit_packages, updates).outcome is outcome
