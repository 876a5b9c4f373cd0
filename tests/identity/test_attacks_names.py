"""What somebody is called runs nowhere and hides nothing, by whichever way it comes in."""

from __future__ import annotations

import pytest

from identity.house import House
from identity.people import ANN, AT, GOOD, named, person, signed_in
from ostiary.errors import Denied
from ostiary.identity.flows import naming, operating, registering

NAMES = ("javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "a\u200bb", "a\nb", "x" * 101)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("way", ["register", "rename", "operator"])
def test_a_name_that_runs_or_hides_is_refused_by_every_way_in(house: House, way: str, name: str) -> None:
    async def come_in() -> None:
        if way == "register":
            await registering.register(house.services, AT, ANN, GOOD, name)
        elif way == "operator":
            await operating.add(house.services, ANN, GOOD, name=name, actor="system")
        else:
            await person(house.services)
            await naming.rename(house.services, AT, (await signed_in(house.services)).session, name)

    with pytest.raises(Denied) as refused:
        house.run(come_in())
    assert refused.value.status == 422
    assert [pointer for pointer, _ in refused.value.faults] == ["/name"]


def test_a_name_is_kept_composed_and_without_spaces_around_it(house: House) -> None:
    house.run(registering.register(house.services, AT, ANN, GOOD, "  Zoe\u0308 "))
    assert house.run(named(house.services)).name == "Zo\u00eb"
