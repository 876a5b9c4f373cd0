"""The same faults are found in Flask, Express and Go, and nothing false in any of them without faults."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path

import pytest

from live import bookshelf
from live.real_servers import VENVS
from ostiary.audit.result import Result
from ostiary.audit.run import audit
from ostiary.model import Outcome

pytestmark = pytest.mark.live

# Findings that are true, although the program is sound: the stack itself answers what never reaches the program.
OF_THE_STACK = {
    "go": dict.fromkeys(
        ("output.nosniff", "output.frame-deny", "output.csp-none"),
        "net/http refuses /%zz itself, with a bare 400 that no program adds a header to",
    ),
}
# What the faults bring along besides the controls that they are named for: stated once, for all stacks or for one.
ALSO = {
    "access.throttling": "no-rate-limit leaves the whole API without one",
    "auth.login-jail": "no-rate-limit leaves sign-ins without a jail",
    "account.captcha-challenge": "no-rate-limit leaves sign-ins without a challenge",
    "account.auth-endpoint-limits": "no-rate-limit leaves sign-ins without a limit",
    "input.body-matches-type": "verbose-errors answers what it cannot read with 500",
    "beyond.payload-limits": "mass-assignment takes undeclared members however deep they go",
    "input.validation-schema": "mass-assignment takes members that the document forbids",
    "beyond.api-inventory": "excessive-data sends members that the document does not know",
    "input.rate-spike-arrest": "no-rate-limit takes any surge",
    "input.rate-concurrency": "no-rate-limit takes any crowd",
    "output.frame-deny": "headers leaves it out",
    "output.csp-none": "headers leaves it out",
    "beyond.cache-no-store": "headers leaves it out",
    "beyond.bola-differential-test": "bola-read, bola-write and bola-delete, counted over all operations",
}
OF_ONE_STACK = {
    "account.block-crlf": "open-redirect fails with 500 on a line break in Flask and Express; Go takes it out itself",
}


@cache
def audited(stack: str, folder: Path, *faults: str) -> dict[str, Result]:
    """What is found, by control; nobody gives credentials, so the audit registers its own accounts."""
    if bookshelf.command(stack, 0) is None:
        pytest.skip(f"{stack} is not installed in {VENVS}: `make live` installs it")
    with bookshelf.serving(stack, folder, *faults) as url:
        report = asyncio.run(audit(url, intrusive=True, budget=5000))
    return {each.id: each for each in report.results if each.outcome is Outcome.FAIL}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stacks")


@pytest.mark.parametrize("stack", bookshelf.STACKS)
def test_every_fault_is_found(stack: str, folder: Path) -> None:
    found = audited(stack, folder, "all")
    assert {fault for fault, control in bookshelf.FAULTS.items() if control not in found} == set()
    objects = [place for each in found["userdata.ownership-check"].findings for place in each.places]
    assert {place.partition(" ")[0] for place in objects} == {"GET", "PUT", "DELETE"}


@pytest.mark.parametrize("stack", bookshelf.STACKS)
def test_nothing_else_is_found(stack: str, folder: Path) -> None:
    rest = set(audited(stack, folder, "all")) - set(bookshelf.FAULTS.values())
    assert rest - ALSO.keys() - OF_ONE_STACK.keys() == set()


@pytest.mark.parametrize("stack", bookshelf.STACKS)
def test_nothing_false_is_found_without_faults(stack: str, folder: Path) -> None:
    found = {control: each.why for control, each in audited(stack, folder).items()}
    assert found.keys() - OF_THE_STACK.get(stack, {}).keys() == set(), found


def test_all_stacks_say_the_same(folder: Path) -> None:
    found = [set(audited(stack, folder, "all")) - OF_ONE_STACK.keys() for stack in bookshelf.STACKS]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("stack", bookshelf.STACKS)
def test_a_stack_serves_its_readers_with_and_without_faults(stack: str, folder: Path) -> None:
    for faults in ((), ("all",)):
        if bookshelf.command(stack, 0) is None:
            pytest.skip(f"{stack} is not installed in {VENVS}: `make live` installs it")
        with bookshelf.serving(stack, folder, *faults) as url:
            bookshelf.use(url)
