"""The audit finds what each switch breaks and nothing else; coverage of the catalogue by switches is a literal.

``OSTIARY_EACH_SWITCH=1 pytest -n 2 tests/loop/test_annex.py`` audits the whole annex once for every switch.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from functools import cache

import pytest

from loop import stage
from ostiary import catalogue
from ostiary.audit.run import audit
from ostiary.demo import annex
from ostiary.demo.annex import rooms
from ostiary.demo.faults import FAULTS as SHOP
from ostiary.demo.faults import VARIANTS
from ostiary.model import Kind, Outcome, Probe

BUDGET = 5000
LEAST_SWITCHES = 70

# Where one switch shows in a second control as well, because it is the same flaw seen from two sides.
TWINS: dict[str, dict[str, str]] = {
    "beyond.mass-assignment": {"input.validation-schema": "members are taken that the document forbids"},
    "beyond.mass-assignment/update": {"input.validation-schema": "members are taken that the document forbids"},
    "processing.async-heavy-work": {"input.rate-concurrency": "the export that blocks keeps everybody waiting"},
    "processing.debug-off": {
        "input.validation-schema": "an id of another form is answered 500, with the stack trace",
        "output.status-codes": "an id of another form is answered 500, with the stack trace",
    },
}

# Switches that no check finds yet; each test asserts that it is still so, and fails when it no longer is.
NOT_FOUND: dict[str, str] = {}

# Found when its control is asked alone, and not yet among all others.
NOT_AMONG_ALL = {"processing.async-heavy-work": "the export is not among the operations that are timed then"}

# Controls with a live check and no switch in either testbed.
WITHOUT: dict[str, str] = {
    "access.tls-floor": "of the TLS in front, not of an API: its own tests run weak TLS servers",
    "access.tls-ciphers": "of the TLS in front, not of an API: its own tests run weak TLS servers",
    "mobile.cert-pinning": "of the TLS in front, not of an API: its own tests run TLS servers",
    "infra.open-ports": "of the host, not of an API: its own tests open ports",
    "infra.db-credentials": "of the host, not of an API: its own tests run stores",
    "infra.ssh-keys-only": "of the host, not of an API: its own tests run SSH",
    "infra.patching": "it never fails from outside: versions are hints",
    "infra.monitoring": "it never fails from outside: who is woken is asked",
    "infra.logging": "it never fails from outside: the log is asked for",
    "infra.object-storage-encrypted": "it never fails from outside: the keys are asked for",
    "input.api-gateway": "it never fails from outside: nobody tells it the address of an origin",
    "auth.encrypt-sensitive-data": "it fails where clear text crosses a network, which loopback is not",
    "infra.ddos-protection": "it never fails from outside: no load is made to find out what stands in front",
}


@cache
def failures(faults: frozenset[str], only: str = "") -> dict[str, str]:
    """The controls that a whole audit finds broken with these switches on, and why; it registers its own accounts."""
    with stage.serving(annex.make(faults), nameless=True) as port:
        report = asyncio.run(
            audit(f"http://127.0.0.1:{port}", only=[only] if only else None, intrusive=True, budget=BUDGET)
        )
    return {
        each.id: "; ".join(found.why for found in each.findings if found.outcome is Outcome.FAIL)
        for each in report.results
        if each.outcome is Outcome.FAIL
    }


def control_of(switch: str) -> str:
    return switch.partition("/")[0]


def test_every_switch_is_named_by_a_control() -> None:
    assert {control_of(each) for each in annex.FAULTS} <= set(catalogue.ids())


def test_without_faults_nothing_is_found() -> None:
    assert failures(frozenset()) == {}


@pytest.mark.live  # some minutes in all: a second for most, and more than a minute where a token has to run out
@pytest.mark.parametrize("switch", annex.FAULTS)
def test_a_switch_is_found(switch: str) -> None:
    assert (control_of(switch) in failures(frozenset({switch}), control_of(switch))) == (switch not in NOT_FOUND)


ROOMS = [next(iter(room.FAULTS)) for room in rooms.ROOMS if room.FAULTS]
WHOLE = list(annex.FAULTS) if os.environ.get("OSTIARY_EACH_SWITCH") else sorted({*ROOMS, *TWINS})


@pytest.mark.live  # half a minute each on a busy machine: one switch of each room, or all where somebody asks for them
@pytest.mark.parametrize("switch", WHOLE)
def test_nothing_but_the_switch_is_found(switch: str) -> None:
    found = failures(frozenset({switch}))
    assert set(found) - {control_of(switch), *TWINS.get(switch, {})} == set(), found
    assert control_of(switch) in found or switch in {*NOT_FOUND, *NOT_AMONG_ALL}


def covered(switches: Iterable[str]) -> set[str]:
    return {control_of(each) for each in switches}


def test_every_live_check_has_a_switch() -> None:
    live = {
        each for each in catalogue.ids()
        if Kind.LIVE in catalogue.control(each).audits and catalogue.control(each).probe is not Probe.NONE
    }  # fmt: skip
    bare = live - covered([*SHOP, *VARIANTS, *annex.FAULTS])
    assert bare == set(WITHOUT), f"neither testbed can break {sorted(bare - set(WITHOUT))}"


def test_there_are_switches_enough() -> None:
    assert len({*SHOP, *VARIANTS, *annex.FAULTS}) >= LEAST_SWITCHES
