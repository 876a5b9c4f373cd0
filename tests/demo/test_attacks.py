"""Every scripted attack works on a shop with its fault, and on no sound one."""

from __future__ import annotations

import pytest

from loop import stage
from ostiary.demo import careless
from ostiary.demo.attacks import ATTACKS, Target


@pytest.mark.parametrize("control", ATTACKS)
def test_an_attack_works_where_its_fault_is(control: str) -> None:
    with stage.serving(careless.make({control})) as port:
        assert ATTACKS[control](Target(f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize("control", ATTACKS)
def test_a_sound_shop_withstands(control: str) -> None:
    with stage.serving(careless.make(())) as port:
        assert not ATTACKS[control](Target(f"http://127.0.0.1:{port}"))


def test_with_all_faults_every_attack_works() -> None:
    with stage.serving(careless.make()) as port:
        shop = Target(f"http://127.0.0.1:{port}")
        assert [control for control, attack in ATTACKS.items() if not attack(shop)] == []
