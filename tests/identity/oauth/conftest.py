"""One house for all refusals of a module: who is refused leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from identity.house import House, house_in
from identity.oauth.doors import SCOPES, Doors
from identity.oauth.parties import World


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with house_in(
        tmp_path_factory.mktemp("house"), scopes={"read": "Read your notes", "write": "Write notes"}
    ) as house:
        made = World(house)
        made.somebody("ann@example.com")
        yield made


@pytest.fixture
def world(shared_world: World) -> World:
    """The module's world, from an address that nobody has used."""
    shared_world.move()
    return shared_world


@pytest.fixture
def any_world(any_house: House) -> World:
    """A world of one's own, on SQLite and on PostgreSQL."""
    made = World(any_house)
    made.somebody("ann@example.com")
    return made


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    """A house whose APIs have scopes."""
    return make_house(scopes=SCOPES)


@pytest.fixture
def doors(house: House) -> Doors:
    """What `house` serves."""
    return Doors(house)
