"""The revisions lead to the tables that the program uses, and back."""

from __future__ import annotations

from identity.house import House
from ostiary.identity.storage import migrations


def test_a_new_database_is_as_the_schema_says(any_house: House) -> None:
    assert any_house.run(migrations.differences(any_house.services.database)) == []
