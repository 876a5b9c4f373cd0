"""JavaScript and TypeScript are read: names, values, what a request fills, functions, classes."""

from __future__ import annotations

import pytest

from foreign_code import assigned, call, module, names
from ostiary.evidence.code import OPEN, Language

JS = Language.JAVASCRIPT


@pytest.mark.parametrize(
    "how",
    [
        "const jwt = require('jsonwebtoken'); jwt.verify(t, k);",
        "const { verify } = require('jsonwebtoken'); verify(t, k);",
        "const { verify: check } = require('jsonwebtoken'); check(t, k);",
        "import jwt from 'jsonwebtoken'; jwt.verify(t, k);",
        "import * as jwt from 'jsonwebtoken'; jwt.verify(t, k);",
        "import { verify } from 'jsonwebtoken'; verify(t, k);",
        "import { verify as v } from 'jsonwebtoken'; (await v)(t, k);",
        "require('jsonwebtoken').verify(t, k);",
    ],
)
def test_a_call_is_named_by_the_module_it_comes_from(how: str) -> None:
    read = module(JS, how)
    assert "jsonwebtoken.verify" in names(read)
    assert read.imports["jsonwebtoken"] == 1


def test_methods_of_what_a_call_gave_are_named_by_it() -> None:
    read = module(JS, "const db = require('mysql').createConnection({}); db.query('SELECT 1');")
    assert call(read, "mysql.createConnection().query").args[0].literal == "SELECT 1"


def test_methods_of_what_was_made_are_named_by_its_class() -> None:
    read = module(
        JS,
        """
        import { Pool } from 'pg';
        class Users {
          constructor() { this.pool = new Pool(); }
          find(id) { return this.pool.query(`SELECT * FROM users WHERE id = ${id}`); }
        }
        """,
    )
    asked = call(read, "pg.Pool.query")
    assert asked.args[0].built
    assert asked.args[0].parameters == {"id"}
    assert asked.function is not None
    assert asked.function.name == "find"
    assert asked.line == 5


def test_fields_with_a_type_resolve_their_methods() -> None:
    text = "import { Repo } from './repo';\nclass A { constructor(private readonly repo: Repo) {} f() { this.repo.query('x'); } }"
    assert "./repo.Repo.query" in names(module(JS, text, "ts"))


def test_what_a_request_carries_is_followed_through_variables_and_functions_of_the_file() -> None:
    read = module(
        JS,
        """
        function run(command, times) { exec('convert ' + command + times); }
        app.get('/x', (req, res) => {
          const { name } = req.query;
          const full = `${name}.png`.trim();
          run(full, parseInt(req.query.times));
        });
        """,
    )
    made = call(read, "exec").args[0]
    assert made.built
    assert made.tainted.startswith("req.query")
    assert call(read, "run").args[1].tainted == ""
    assert call(read, "run").args[1].numeric


def test_what_is_named_like_a_request_but_is_none_does_not_count() -> None:
    read = module(JS, "const req = load(); exec('a' + req.body.x);")
    assert call(read, "exec").args[0].tainted == ""


def test_constants_are_known_unless_they_are_assigned_again() -> None:
    read = module(
        JS,
        """
        const TABLE = 'users';
        let mode = 'a';
        function f() { go(TABLE, mode); }
        function g() { mode = other(); }
        """,
    )
    assert call(read, "go").args[0].literal == "users"
    assert call(read, "go").args[1].literal is OPEN


def test_constant_parts_make_a_constant_text() -> None:
    read = module(JS, "const T = 'users'; q('SELECT ' + `* FROM ${T}` + ' LIMIT ' + 5);")
    assert call(read, "q").args[0].literal == "SELECT * FROM users LIMIT 5"


def test_a_choice_of_constants_is_no_built_text() -> None:
    value = call(module(JS, "f(desc ? 'DESC' : 'ASC')"), "f").args[0]
    assert not value.built
    assert [each.literal for each in value.parts] == ["DESC", "ASC"]


def test_an_entry_of_a_fixed_map_is_a_choice() -> None:
    value = call(module(JS, "const C = {name: 'name', age: 'age'}; f(C[key])"), "f").args[0]
    assert [each.literal for each in value.parts] == ["name", "age"]


def test_entries_of_objects_are_keywords_and_assignments() -> None:
    read = module(JS, "const config = { jwt: { expiresIn: '1h' } }; sign(p, k, { expiresIn: 60, ...rest });")
    assert assigned(read, "config.jwt.expiresIn").literal == "1h"
    assert call(read, "sign").argument(None, "expiresIn").literal == 60  # type: ignore[union-attr]


def test_decorators_of_nest_stand_with_their_function_and_fill_parameters() -> None:
    text = """
        import { Controller, Get, Query } from '@nestjs/common';
        @Controller('cats')
        export class Cats {
          @Get('find') find(@Query('q') q: string, @Query('n') n: number) { this.db.query('x' + q + n); }
        }
        """
    read = module(JS, text, "ts")
    function = next(each for each in read.functions if each.name == "find")
    assert [each.name for each in function.decorators] == ["@nestjs/common.Get"]
    made = call(read, "this.db.query").args[0]
    assert made.tainted == "Query q"
    assert [each.numeric for each in made.parts] == [False, False, True]


def test_markup_is_read() -> None:
    read = module(JS, "const e = <div dangerouslySetInnerHTML={{ __html: html }} />;", "jsx")
    assert assigned(read, "div.dangerouslySetInnerHTML.__html").name == "html"


def test_functions_are_called_by_what_they_are_assigned_to() -> None:
    read = module(JS, "exports.list = async (req, res) => {};\nconst o = { show: function (id) {} };")
    assert [each.name for each in read.functions] == ["list", "show"]


def test_scripts_of_components_are_read_where_they_stand() -> None:
    page = "<template>\n<p>it's</p>\n</template>\n<script setup lang=\"ts\">\nconst a: string = go('x');\n</script>\n"
    assert [(each.line, each.name) for each in module(JS, page, "vue").calls] == [(5, "go")]


def test_a_list_that_is_not_known_is_no_text_when_joined() -> None:
    read = module(JS, "function f(ids) { go(ids.join(', '), [ids, 'a'].join(' ')) }")
    assert [each.built for each in call(read, "go").args] == [False, True]


def test_what_is_assigned_in_a_block_holds_there_and_may_hold_after_it() -> None:
    read = module(
        JS,
        """
        app.get('/', (req, res) => {
          let name = req.query.name;
          if (name) {
            name = escape(name);
            inside(name);
          }
          after(name);
          name = 'fixed';
          last(name);
        });
        """,
    )
    assert call(read, "inside").args[0].tainted == ""
    assert call(read, "after").args[0].tainted
    assert call(read, "last").args[0].literal == "fixed"
