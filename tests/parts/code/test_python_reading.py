"""Python is read without running it: names, constants, texts put together, and what survives hostile files."""

from __future__ import annotations

import textwrap
import time

import pytest

from ostiary.evidence.code import OPEN, Assignment, Call, Module
from ostiary.parts.code.python import read


def module(text: str) -> Module:
    return read("app/views.py", textwrap.dedent(text))


def call(text: str, name: str) -> Call:
    found = [each for each in module(text).calls if each.name == name]
    assert found, [each.name for each in module(text).calls]
    return found[-1]


def assignment(text: str, name: str) -> Assignment:
    return next(each for each in module(text).assignments if each.name == name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import jwt\njwt.decode(t)", "jwt.decode"),
        ("import jwt as j\nj.decode(t)", "jwt.decode"),
        ("from jwt import decode as d\nd(t)", "jwt.decode"),
        ("import os.path\nos.path.join(a)", "os.path.join"),
        ("from . import tokens\ntokens.make(a)", ".tokens.make"),
        ("from ..core.tokens import make\nmake(a)", "..core.tokens.make"),
        ("import jwt\nread = jwt.decode\nread(t)", "jwt.decode"),
        ("def f():\n    from jwt import decode\n    decode(t)", "jwt.decode"),
        ("try:\n    import ujson as json\nexcept ImportError:\n    import json\njson.loads(t)", "ujson.loads"),
        ("import sqlite3\nc = sqlite3.connect('x').cursor()\ndef f():\n    c.execute(q)", "sqlite3.connect().cursor().execute"),
        ("import sqlite3\nwith sqlite3.connect('x') as c:\n    c.execute(q)", "sqlite3.connect().execute"),
        ("from orm import Session\ndef f(s: Session | None):\n    s.execute(q)", "orm.Session().execute"),
        ("from orm import Session\nfrom typing import Annotated\nDb = Annotated[Session, Depends(x)]\ndef f(s: Db):\n    s.execute(q)",
         "orm.Session().execute"),
        ("import db\nclass A:\n    def go(self):\n        self.c.execute(q)\n    def __init__(self):\n        self.c = db.open()",
         "db.open().execute"),
        ("def f(cur):\n    cur.execute(q)", "cur.execute"),
        ("'{}'.format(x)", "str.format"),
    ],
)  # fmt: skip
def test_a_call_is_named_by_what_was_imported_or_made(text: str, name: str) -> None:
    assert name in [each.name for each in module(text).calls]


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("KEY = 'a' 'b' + 'c'\nf(KEY)", "abc"),
        ("AGE = 60 * 60 * 24\nf(AGE)", 86400),
        ("def g():\n    f(KEY)\nKEY = 'late'", "late"),
        ("class S:\n    key = 'k'\nf(S.key)", "k"),
        ("class S:\n    def __init__(self):\n        self.key = 'k'\n    def g(self):\n        f(self.key)", "k"),
        ("NAMES = ('a', 'b')\nf(NAMES)", ("a", "b")),
        ("f({'a': [1, None]})", {"a": [1, None]}),
        ("f('k'.encode())", b"k"),
        ("CONF = {'key': 'k'}\nf(CONF['key'])", "k"),
        ("f(9 ** 9 ** 9 ** 9)", OPEN),
        ("f('a' * 10 ** 9)", OPEN),
        ("KEY = 'a'\nif x:\n    KEY = 'b'\nf(KEY)", OPEN),
        ("KEY = 'a'\ndef g():\n    global KEY\n    KEY = load()\nf(KEY)", OPEN),
        ("KEY = None\nif x:\n    KEY = 'b'\nf(KEY)", "b"),
        ("import os\nf(os.environ.get('KEY'))", OPEN),
        ("words = ['a']\nwords.append(x)\nf(words)", OPEN),
    ],
)
def test_a_constant_is_known_and_nothing_else(text: str, literal: object) -> None:
    given = call(text, "f").args[0]
    assert given.literal == literal if literal is not OPEN else given.literal is OPEN


@pytest.mark.parametrize(
    "text",
    [
        "f(f'select {x}')",
        "f('select ' + x)",
        "f('select %s' % x)",
        "f('select %s, %s' % (x, 1))",
        "f('select {}'.format(x))",
        "q = 'select '\nif y:\n    q += x\nf(q)",
        "PATTERN = 'select {}'\nf(PATTERN.format(x))",
        "f(' and '.join([x, 'b']))",
        "from sqlalchemy import text\nf(text(f'select {x}'))",
    ],
)
def test_a_text_of_open_parts_is_built(text: str) -> None:
    assert call(text, "f").args[0].built


@pytest.mark.parametrize(
    "text",
    [
        "f('select ' + 'x')",
        "T = 'users'\nf(f'select * from {T}')",
        "f('in (' + ', '.join('?' for _ in ids) + ')')",
        "f('in (' + ', '.join(['?'] * len(ids)) + ')')",
        "T = 'a' if x else 'b'\nf(f'select {T}')",
        "q = 'select'\nif y:\n    q += ' limit 1'\nf(q)",
        "for t in ('a', 'b'):\n    f(f'drop {t}')",
        "f(a + b)",
    ],
)
def test_a_text_of_constants_is_not_built(text: str) -> None:
    given = call(text, "f").args[0]
    assert not given.built
    assert not given.tainted


def test_assignments_are_named_as_they_stand() -> None:
    text = """
        app.config["SECRET_KEY"] = "k"
        DATABASES = {"default": {"PASSWORD": "p"}}
        class Settings:
            debug: bool = True
            def __init__(self):
                self.key = "k"
        a, b = 1, 2
    """
    names = [each.name for each in module(text).assignments]
    assert {"app.config.SECRET_KEY", "DATABASES.default.PASSWORD", "Settings.debug", "self.key", "a", "b"} <= set(names)
    assert assignment(text, "b").value.literal == 2
    assert assignment(text, "Settings.debug").owner is not None


def test_entries_of_a_dictionary_are_collected_where_they_are_added() -> None:
    text = """
        def make(data):
            claims = {"sub": 1}
            claims["exp"] = 2
            claims.update({"aud": 3}, iss=4)
            f(claims)
            other = data.copy()
            other.update({"exp": 5})
            f(other)
    """
    first, second = [each for each in module(text).calls if each.name == "f"]
    assert set(first.args[0].pairs) == {"sub", "exp", "aud", "iss"}
    assert set(second.args[0].pairs) == {"exp"}
    assert second.args[0].call is not None  # so that what is not seen may be there


def test_what_gives_a_value_is_known_through_a_variable() -> None:
    text = "import jwt\nhead = jwt.get_unverified_header(t)\nf(head['alg'])"
    given = call(text, "f").args[0]
    assert (given.name, given.call and given.call.name) == ("head.alg", "jwt.get_unverified_header")


def test_arguments_that_are_spread_are_said_to_be() -> None:
    assert call("f(*a)", "f").spread
    assert call("f(**a)", "f").spread
    assert not call("f(a, b=c)", "f").spread


def test_decorators_without_parentheses_are_calls_of_the_function() -> None:
    found = module("import a\n@a.guarded\n@a.route('/x')\ndef f(): ...").functions[0]
    assert [each.name for each in found.decorators] == ["a.guarded", "a.route"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = (\n\ndef f():\n    g()\n", "cannot be read"),
        ("def f(:\n    pass\n\nimport jwt\njwt.decode(t)\n", "lines 1-3"),
        ("f(" * 5000 + ")" * 5000, "cannot be read"),
        ("f(" * 150 + ")" * 150, ""),
        ("a\0b = 1", "cannot be read"),
        ("\ufeffimport jwt\njwt.decode(t)", ""),
        ("x = 1\n" * 300_000, "longer than"),
        ("x = " + " + ".join(["'a'"] * 1_500), ""),
        ("x = a" + ".b()" * 900, "nested"),
        ("x = a" + ".b()" * 30_000, "nested"),
        ("if a:\n    pass\n" + "elif b:\n    g()\n" * 1_500, ""),
        ("", ""),
        ("\x0c\nx = 1", ""),
    ],
)
def test_no_file_is_too_broken_to_be_looked_at(text: str, said: str) -> None:
    started = time.monotonic()
    found = read("x.py", text)
    assert said in found.broken
    assert bool(said) == bool(found.broken)
    assert time.monotonic() - started < 40


def test_what_stands_beside_broken_lines_is_read() -> None:
    assert [each.name for each in module("def f(:\n    pass\n\nimport jwt\njwt.decode(t)\n").calls] == ["jwt.decode"]


@pytest.mark.parametrize(
    "text",
    [
        "import os\ntry:\n    print 'x', 1\nexcept OSError, e:\n    raise ValueError, 'no'\nos.chmod('a', 0777)\nprint\n",
        "import os\ntype Name = int\ndef f[T](x: T) -> T:\n    return x\nclass A[T]:\n    pass\nos.chmod('a', 7)\n",
        "import os\nmatch x:\n    case {'a': y}:\n        os.chmod(y)\n",
        "import os\ntry:\n    os.chmod('a')\nexcept* OSError:\n    pass\n",
    ],
)
def test_older_and_newer_python_is_read(text: str) -> None:
    found = read("x.py", text)
    assert not found.broken
    assert "os.chmod" in [each.name for each in found.calls]


def test_dictionaries_that_hold_one_another_come_to_an_end() -> None:
    lines = [f"a{i + 1} = {{**a{i}, 'k{i}': a{i}, 'z': a{i}}}" for i in range(60)]
    began = time.monotonic()
    module = read("a.py", "a0 = {'k': 1}\n" + "\n".join(lines) + "\nlast = 1\n")
    assert time.monotonic() - began < 30
    assert module.assignments[-1].name == "last"


@pytest.mark.parametrize("text", ["\n" * 200_000 + "x = (\n", "x = (\nexcept" + "\t" * 20_000 + "\n"])
def test_white_space_in_a_broken_file_costs_little(text: str) -> None:
    began = time.monotonic()
    assert read("a.py", text).broken
    assert time.monotonic() - began < 30
