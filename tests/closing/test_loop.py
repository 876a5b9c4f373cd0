"""The promise, on the careless shop: what is found is closed by a policy that nobody wrote by hand, and nothing breaks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ostiary.audit.run import audit
from ostiary.closing import loop, saving
from ostiary.closing.callers import KEY
from ostiary.closing.policy import Draft
from ostiary.closing.replaying import Replayed
from ostiary.demo import careless, passes
from ostiary.demo.customers import ALICE, BOB
from ostiary.demo.loop import shop
from ostiary.errors import Unanswerable
from ostiary.model import Outcome
from ostiary.parts import openapi

DOCUMENT = openapi.from_plain(careless.document(careless.ALL), source="openapi.yaml")
# What a person has to say first: the key of a sender, an address for reports; or what no gateway can see.
NOT_CLOSED = {
    "account.password-bcrypt",  # passwords are stored by the shop
    "people.report-channel",
    "beyond.webhook-signatures",
}


def identities() -> dict[str, list[tuple[str, str]]]:
    tokens = {"alice": passes.mint(ALICE), "bob": passes.mint(BOB)}
    return {name: [("authorization", f"Bearer {token}")] for name, token in tokens.items()}


def round_trip(url: str, file: Path, environ: dict[str, str], **more: Any) -> loop.Outcomes:
    async def ask(at: str, api: Any, then: Any) -> Any:
        return await audit(at, api=api or DOCUMENT, identities=identities(), then=then, **more)

    said: list[str] = []
    return asyncio.run(loop.run(ask, upstream=url, file=file, environ=environ, say=said.append))


@pytest.mark.live
def test_nine_of_ten_findings_are_closed_and_nothing_legitimate_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, passes.KEY)
    with shop() as url:
        done = round_trip(url, tmp_path / "ostiary.toml", dict(os.environ), intrusive=True)
    found = [each for each in done.rows if each.found]
    closed = [each for each in found if each.closed]
    left = {each.control: each.why for each in done.rows if not each.closed}
    assert len(found) > 45
    assert len(closed) >= 0.9 * len(found), left
    assert left.keys() >= NOT_CLOSED, "closed what it cannot close?"
    assert not done.broken
    assert len(done.replayed) >= 10
    text = (tmp_path / "ostiary.toml").read_text()
    assert passes.KEY not in text
    assert tomllib.loads(text)["only"]


def test_without_the_key_what_needs_it_is_asked_for_and_not_promised(tmp_path: Path) -> None:
    only = ["jwt.*", "output.nosniff", "userdata.ownership-check"]
    with shop("jwt.verify-before-use", "output.nosniff") as url:
        done = round_trip(url, tmp_path / "ostiary.toml", {}, only=only)
    rows = {each.control: each for each in done.rows}
    assert rows["output.nosniff"].closed
    assert rows["jwt.verify-before-use"].after is Outcome.FAIL
    assert "jwt.verify-before-use" not in done.draft.only
    assert KEY in rows["jwt.verify-before-use"].why
    assert KEY in (tmp_path / "ostiary.toml").read_text()


def test_what_one_fault_hid_is_closed_in_the_next_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, passes.KEY)
    faults = ("beyond.function-level-authorization", "processing.me-not-user-id", "userdata.ownership-check")
    with shop(*faults) as url:
        done = round_trip(url, tmp_path / "ostiary.toml", dict(os.environ), only=list(faults))
    rows = {each.control: each for each in done.rows}
    assert rows["beyond.function-level-authorization"].closed
    assert rows["userdata.ownership-check"].closed, rows["userdata.ownership-check"].why
    assert not done.broken


def test_an_api_that_dies_on_the_way_has_closed_nothing(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(shop("output.nosniff"))

        async def ask(at: str, api: Any, then: Any) -> Any:
            report = await audit(at, api=api or DOCUMENT, identities=identities(), then=then, only=["output.nosniff"])
            if at != url:
                stack.close()
            return report

        with pytest.raises(Unanswerable, match="answers no longer"):
            asyncio.run(loop.run(ask, upstream=url, file=tmp_path / "o.toml", environ={}, say=lambda _: None))


def test_what_was_not_served_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, passes.KEY)
    monkeypatch.setattr(loop, "ROUNDS", 1)
    saved: list[str] = []
    save = saving.save

    def noted(*given: Any, **more: Any) -> Any:
        found = save(*given, **more)
        saved.append((tmp_path / "ostiary.toml").read_text())
        return found

    monkeypatch.setattr(loop, "save", noted)
    faults = ("beyond.function-level-authorization", "processing.me-not-user-id", "userdata.ownership-check")
    with shop(*faults) as url:
        round_trip(url, tmp_path / "ostiary.toml", dict(os.environ), only=list(faults))
    assert len(saved) == 1
    assert (tmp_path / "ostiary.toml").read_text() == saved[0]


def test_where_nothing_can_be_closed_no_policy_is_written(tmp_path: Path) -> None:
    with shop("none") as url, pytest.raises(loop.NothingToClose) as nothing:
        round_trip(url, tmp_path / "ostiary.toml", {}, only=["output.nosniff"])
    assert nothing.value.findings == 0
    assert list(tmp_path.iterdir()) == []


def outcome(*replayed: Replayed, after: Outcome = Outcome.PASS) -> loop.Outcomes:
    row = loop.Row("output.nosniff", "low", Outcome.FAIL, after, "")
    draft = Draft(upstream="", document="", found=(), only={"output.nosniff": ""}, closes=("output.nosniff",))
    nothing: Any = None
    return loop.Outcomes(before=nothing, after=nothing, draft=draft, rows=(row,), replayed=replayed)


@pytest.mark.parametrize(
    ("done", "held"),
    [
        (outcome(Replayed("GET /a", 200, 200)), True),
        (outcome(Replayed("GET /a", 403, 200), Replayed("GET /b", 200, 200)), False),
        (outcome(), False),  # nothing was sent, so nothing is shown
        (outcome(Replayed("GET /a", 401, 401)), False),  # nothing works any more: it is not known what the policy did
        (outcome(Replayed("GET /a", 200, 200), after=Outcome.NOT_APPLICABLE), False),
        (outcome(Replayed("GET /a", 200, 200), after=Outcome.UNKNOWN), False),
    ],
)
def test_a_loop_holds_only_by_what_was_shown(done: loop.Outcomes, *, held: bool) -> None:
    assert done.held is held
