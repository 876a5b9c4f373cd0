from __future__ import annotations

import pytest

from ostiary.parts.field_words import LINKS, has, words


@pytest.mark.parametrize(
    "name", ["callbackURL", "callback_url", "callback-url", "CallbackUrl", "callbackurl", "callback.url"]
)
def test_words_are_found_in_every_way_to_join_them(name: str) -> None:
    assert words(name) == ("callback", "url")


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("website", True),
        ("profileImage", True),
        ("imageUri", True),
        ("curl", False),
        ("thursday", False),
        ("linked", False),
    ],
)
def test_a_word_is_not_a_part_of_another(name: str, *, link: bool) -> None:
    assert has(name, LINKS) is link
