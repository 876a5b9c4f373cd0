"""The law for what no audit check looks at yet: a scripted attack works on the fault, and not behind the guard.

For every attack, one fault on, only this control enforced, in-process and through the gateway; and once with every
fault on behind the shop's whole policy, where the honest client is served as before.
"""

from __future__ import annotations

from typing import Any

import pytest

from demo import honest
from loop import stage
from ostiary.config import Config, Override
from ostiary.demo import careless, passes
from ostiary.demo.attacks import ATTACKS, Target, attempt
from ostiary.demo.customers import ALICE
from ostiary.demo.loop import policy as whole
from ostiary.guard.app import Guard
from ostiary.parts import openapi

API = openapi.from_plain(careless.document(), source="openapi.yaml")
WHOLE = whole("")


def policy(control: str, **rest: Any) -> Config:
    """The shop's own policy, restricted to one control."""
    operations = {
        name: Override(mode=each.mode, role=each.role, controls={control: each.controls[control]})
        for name, each in WHOLE.operations.items()
        if control in each.controls
    }
    controls = {control: WHOLE.controls[control]} if control in WHOLE.controls else {}
    return Config(only=(control,), controls=controls, operations=operations, issuers=WHOLE.issuers, **rest)


@pytest.mark.parametrize("control", ATTACKS)
def test_what_works_bare_does_not_work_inside_the_guard(control: str) -> None:
    with stage.serving(Guard(careless.make({control}), policy(control), api=API)) as port:
        assert not ATTACKS[control](Target(f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize("control", ATTACKS)
def test_what_works_bare_does_not_work_through_the_gateway(control: str) -> None:
    with stage.serving(careless.make({control})) as port:
        config = policy(control, upstream=f"http://127.0.0.1:{port}", listen="127.0.0.1:0", admin="127.0.0.1:0")
        with stage.guarding(config, API) as url:
            assert not ATTACKS[control](Target(url))


def test_behind_the_whole_policy_no_attack_works_and_the_honest_client_is_served() -> None:
    with stage.serving(careless.make()) as port, stage.guarding(whole(f"http://127.0.0.1:{port}"), API) as url:
        honest.visit(url, profile="/my")
        assert [control for control, worked in attempt(url).items() if worked] == []
    assert passes.mint(ALICE)
