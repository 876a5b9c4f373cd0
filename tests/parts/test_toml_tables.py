"""A table goes into a file's text, and nothing else of it changes."""

from __future__ import annotations

import tomllib

import pytest

from ostiary.parts.toml_tables import NotPlaced, with_table

PATH = ("attest", "people.user-db-access")
HEADER = 'attest."people.user-db-access"'
TEXT = """\
# ours
upstream = "http://127.0.0.1:8000"  # the API

[off]  # reasons
"output.csp-none" = "manual"
"""


def test_it_is_put_at_the_end() -> None:
    made = with_table(TEXT, PATH, HEADER, ['answer = "yes"'])
    assert made == TEXT + f'\n[{HEADER}]\nanswer = "yes"\n'


def test_an_older_one_is_replaced_where_it_stands_with_comments_around_it_kept() -> None:
    text = f'[{HEADER}]\n# asked by Ann\nanswer = "no"\nnote = """\n[not.a.table]\n"""\n\n# the next\n[off]\n"jwt.size-bounded" = "because"\n'
    made = with_table(text.replace("[not.a.table]", "text"), PATH, HEADER, ['answer = "yes"'])
    assert made == f'[{HEADER}]\n# asked by Ann\nanswer = "yes"\n\n# the next\n[off]\n"jwt.size-bounded" = "because"\n'
    assert tomllib.loads(made)["attest"][PATH[1]] == {"answer": "yes"}


def test_spaces_and_other_quotes_in_the_header_are_the_same_table() -> None:
    made = with_table("[ attest . 'people.user-db-access' ]  # x\na = 1\n", PATH, HEADER, ["b = 2"])
    assert tomllib.loads(made) == {"attest": {PATH[1]: {"b": 2}}}


def test_an_empty_file_becomes_the_table() -> None:
    assert with_table("", PATH, HEADER, ["a = 1"]) == f"[{HEADER}]\na = 1\n"


@pytest.mark.parametrize(
    "text",
    [
        "= 1",
        "[attest]\n\"people.user-db-access\" = {answer = 'no'}\n",
        'x = """\n[attest."people.user-db-access"]\n"""\n',
        '[attest."people.user-db-access"]\na = """\n[off]\n"""\n[off]\nb = "c"\n',
    ],
)
def test_what_cannot_be_placed_without_harm_is_refused(text: str) -> None:
    with pytest.raises(NotPlaced):
        with_table(text, PATH, HEADER, ["a = 1"])
