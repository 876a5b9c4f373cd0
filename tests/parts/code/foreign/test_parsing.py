"""No text can make a reader crash, hang or run out of stack; what is not read says so."""

from __future__ import annotations

import time

import pytest

from ostiary.evidence.code import Language
from ostiary.parts.code.foreign import read

OTHERS = [each for each in Language if each is not Language.PYTHON]


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000,
        "{" * 300 + "}" * 300,
        "x = " + "1 + " * 5000 + "1",
        "x = a" + ".b()" * 5000,
        "!" * 3000 + "x",
        '"${' * 200,
        '"#{' * 200,
        "<?php " + "f(" * 90 + ")" * 90,
        "a<" * 5000,
        "/*" * 3000,
        "<<" + "A" * 400 + "\n",
        "<<'" + "A" * 400 + "'\n",
        "if x\n" * 5000,
        "\0\ufffd\ud800\n" * 10,
        "x" * 100_000,
        "<?php " + ("\"'`" * 1000 + "\n") * 10,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_texts_come_to_an_end(language: Language, text: str) -> None:
    began = time.monotonic()
    read("src/a.x", text, language)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("text", "why"),
    [("x" * 30_000, "line"), ("[" * 200, "nests"), ("a;\n" * 800_000, "larger")],
    ids=["packed", "nested", "large"],
)
def test_what_is_not_read_says_why(text: str, why: str) -> None:
    made = read("src/a.js", text, Language.JAVASCRIPT)
    assert why in made.broken
    assert made.calls == ()


def test_what_stands_too_deep_is_told() -> None:
    made = read("src/a.js", "!" * 500 + "eval(x)", Language.JAVASCRIPT)
    assert "nested" in made.broken


def test_much_code_is_read_to_its_end() -> None:
    text = "function f(req) { const a = req.query.b; db.query('x' + a, (e) => g(e)); }\n" * 3000
    began = time.monotonic()
    made = read("src/a.js", text, Language.JAVASCRIPT)
    assert len(made.calls) == 6000
    assert time.monotonic() - began < 60  # seconds; a quadratic reader takes minutes
