"""The shop's honest client is served by a sound shop and by a careless one."""

from __future__ import annotations

import pytest

from demo import honest
from loop import stage
from ostiary.demo import careless


@pytest.mark.parametrize("faults", [(), tuple(careless.ALL)], ids=["sound", "careless"])
def test_an_honest_client_is_served(faults: tuple[str, ...]) -> None:
    with stage.serving(careless.make(faults)) as port:
        honest.visit(f"http://127.0.0.1:{port}")
