"""Every control says what a gateway does about it, so that a finding can."""

from __future__ import annotations

import pytest

from ostiary import catalogue


@pytest.mark.parametrize("control_id", catalogue.ids())
def test_what_a_gateway_does_not_close_alone_has_a_reason(control_id: str) -> None:
    control = catalogue.control(control_id)
    word, why = control.closing
    assert word in {"closes", "in part", "cannot"}
    assert bool(why) == (word != "closes")
    if control.reach:
        assert control.reach == f"{word}: {why}"
        assert not control.reach.endswith(".")
        assert len(control.reach) <= 101
    elif control.guard is None:
        pytest.fail("nothing in front of the API enforces it, and it does not say why")
    if control.guard is not None:
        assert word != "cannot", "it has a guard"
