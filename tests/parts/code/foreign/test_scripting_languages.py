"""PHP and Ruby are read: code between markup, interpolation, requests, classes."""

from __future__ import annotations

import pytest

from foreign_code import assigned, call, module, names
from ostiary.evidence.code import Language
from ostiary.parts.code.foreign.pages import php


def test_php_is_read() -> None:
    read = module(
        Language.PHP,
        r"""<?php
        namespace App\Http;
        use Illuminate\Support\Facades\DB;
        use App\Models\User as U;
        class Users extends Base {
          const TABLE = 'users';
          private $mode = 'a';
          public function __construct(private \PDO $pdo) {}
          public function find(Request $request, int $id) {
            $name = $request->input('name');
            $sql = "SELECT * FROM users WHERE name = '$name'";
            $sql .= " LIMIT {$id}";
            $this->pdo->query($sql);
            DB::select('SELECT ?', [$name]);
            U::where('a', $_GET['b']);
            $rows = ['secret' => 'x1'];
            return `ls $name`;
          }
        }
        """,
    )
    asked = call(read, "PDO.query").args[0]
    assert asked.built
    assert asked.tainted == "Request.input"
    assert [each.numeric for each in asked.parts if not each.known] == [False, True]
    assert call(read, "Illuminate.Support.Facades.DB.select").args[0].known
    assert call(read, "App.Models.User.where").args[1].tainted == "_GET"
    assert call(read, "shell_exec").args[0].tainted
    assert assigned(read, "Users.TABLE").literal == "users"
    assert assigned(read, "rows.secret").literal == "x1"
    assert call(read, "PDO.query").line == 13


def test_php_pages_keep_their_lines() -> None:
    page = "<html>\n<? xml ?>\n<p><?= $_GET['a'] ?></p>\n<?php // it's ?>\n<b>it's (</b>\n<?php if ($a): ?>\n<?php echo $b; endif ?>\n</html>"
    read = module(Language.PHP, page)
    assert [(each.line, each.name) for each in read.calls] == [(3, "echo"), (7, "echo")]
    assert php(page).count("\n") == page.count("\n")


def test_ruby_is_read() -> None:
    read = module(
        Language.RUBY,
        """
        class UsersController < ApplicationController
          LIMIT = 5
          def show
            name = params[:name]
            User.where("name = '#{name}'").first
            User.where("name = ?", name)
            User.where(name: name)
            Foo::Bar.new(a: 1).go
            `ls #{name}`
            sql = <<~SQL
              SELECT #{name}
            SQL
            run(sql)
          end
        end
        """,
    )
    built, bound, named = [each for each in read.calls if each.name == "User.where"]
    assert built.args[0].tainted == "params"
    assert bound.args[0].known
    assert named.keywords["name"].tainted == "params"
    assert "Foo.Bar.go" in names(read)
    assert call(read, "%x").args[0].tainted == "params"
    assert call(read, "run").args[0].tainted == "params"
    assert assigned(read, "UsersController.LIMIT").literal == 5


@pytest.mark.parametrize("text", ['"a %s" % [params[:x]]', "format('a %s', params[:x])", "'a' + params[:x]"])
def test_ruby_texts_are_put_together(text: str) -> None:
    value = call(module(Language.RUBY, f"go({text})"), "go").args[0]
    assert value.built
    assert value.tainted == "params"
