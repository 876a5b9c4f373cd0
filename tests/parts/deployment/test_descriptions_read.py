"""Compose, Dockerfiles, Kubernetes, Terraform, CloudFormation, Spring and .env: values filled in where they are known, else unknown."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ostiary.evidence.deployment import Setting, Unknown
from ostiary.parts.deployment.book import Book


def read(tool: str, text: str, file: str = "f", **others: str) -> Book:
    def include(asking: str, name: str) -> list[tuple[str, str]] | None:
        return [(name, others[name])] if name in others else None

    book = Book()
    book.add(tool, file, text, include)
    return book


def at(book: Book, tool: str, *path: str) -> Setting:
    (found,) = [each for each in book.settings(tool) if (*each.path, each.name) == path]
    return found


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${A:-b}", "b"),
        ("${A-b}", "b"),
        ("${KNOWN:-b}", "k"),
        ("$KNOWN/x", "k/x"),
        ("${A:-${KNOWN}}", "k"),
        ("${EMPTY:-b}", "b"),
        ("${EMPTY-b}", ""),
        ("${KNOWN:+yes}", "yes"),
        ("$$A", "$A"),
        ("${A}", Unknown(("A",), "${A}")),
        ("x${A}y", Unknown(("A",), "x${A}y")),
    ],
)
def test_variables_of_compose_are_filled_in_from_the_file_beside_it(written: str, value: Any) -> None:
    book = read(
        "compose",
        f"services:\n  db:\n    image: x\n    environment:\n      V: {written}\n",
        **{".env": "KNOWN=k\nEMPTY=\n"},
    )
    assert at(book, "compose", "services", "db", "environment", "V").value == value


def test_a_variable_that_must_be_given_is_told_from_one_that_may_be_missing() -> None:
    book = read("compose", "services:\n  db:\n    environment: ['A=${X:?why}', 'B=${X}', 'C']\n")
    demanded = [at(book, "compose", "services", "db", "environment", name).value.demanded for name in "ABC"]
    assert demanded == [True, False, False]


def test_a_service_has_what_it_extends_and_what_its_files_give() -> None:
    book = read(
        "compose",
        "services:\n  db:\n    extends: {file: base.yml, service: base}\n    env_file: db.env\n    environment: [A=own]\n",
        **{
            "base.yml": "services:\n  base:\n    image: postgres:16\n    environment: {A: base, B: base}\n",
            "db.env": "C=file\nA=file\n",
        },
    )
    whole = at(book, "compose", "services", "db").value
    assert whole["image"] == "postgres:16"
    assert whole["environment"] == {"A": "own", "B": "base", "C": "file"}
    places = {
        each.name: each.place for each in book.settings("compose") if each.path == ("services", "db", "environment")
    }
    assert places["C"] == "db.env:1"


def test_a_dockerfile_is_read_by_stage_with_continued_lines_and_arguments() -> None:
    book = read(
        "dockerfile",
        'ARG TAG=3.12\nFROM python:${TAG} AS build\nENV A=1 \\\n    # c\n    B="two words"\nRUN <<EOF\nENV NOT=this\nEOF\n'
        'FROM scratch\nUSER app\nCMD ["run", "it"]\n',
    )
    found = [(each.line, each.path, each.name, each.value) for each in book.settings("dockerfile")]
    assert (2, ("build",), "FROM", "python:3.12 AS build") in found
    assert (3, ("build",), "ENV", ("B", "two words")) in found
    assert (10, ("1",), "USER", "app") in found
    assert (11, ("1",), "CMD", ("run", "it")) in found
    assert not [each for each in found if each[3] == ("NOT", "this")]


def test_objects_of_kubernetes_are_told_apart_and_templates_are_not_guessed_at() -> None:
    book = read(
        "kubernetes",
        "kind: Service\nmetadata: {name: a}\n---\nkind: List\nitems:\n  - kind: Pod\n    metadata: {name: b}\n",
    )
    assert [each.name for each in book.settings("kubernetes") if not each.path] == ["Service/a", "Pod/b"]
    assert at(book, "kubernetes", "Pod/b", "metadata", "name").line == 7
    assert "template" in read("kubernetes", "kind: Pod\nmetadata: {name: {{ .Values.x }}}\n").broken["f"]


def test_variables_of_terraform_are_filled_in_across_the_files_of_a_folder() -> None:
    book = Book()
    book.add(
        "terraform",
        "a/main.tf",
        'resource "x" "y" {\n  a = var.given\n  b = var.defaulted\n  c = local.l\n  d = var.none\n  e = "p-${var.defaulted}"\n'
        '  f = module.m.o\n  g = true ? 1 : 2\n  inner {\n    h = "1"\n  }\n  dynamic "made" {\n    for_each = var.none\n    content {}\n  }\n}\n',
    )
    book.add(
        "terraform",
        "a/vars.tf",
        'variable "given" { default = 1 }\nvariable "defaulted" { default = "two" }\nvariable "none" {}\nlocals { l = var.given }\n',
    )
    book.add("terraform", "a/terraform.tfvars", "given = false\n")
    book.add("terraform", "b/other.tf", 'variable "none" { default = 3 }\n')
    whole = at(book, "terraform", "resource", "x", "y").value
    assert (whole["a"], whole["b"], whole["c"], whole["e"]) == (False, "two", False, "p-two")
    assert {name: whole[name].names for name in "dfg"} == {
        "d": ("var.none",),
        "f": ("module.m.o",),
        "g": ("true ? 1 : 2",),
    }
    assert whole["inner"] == [{"h": "1"}]
    assert isinstance(whole["made"][0], Unknown)
    assert at(book, "terraform", "resource", "x", "y", "inner", "h").line == 10


def test_functions_of_cloudformation_are_unknown_and_parameters_with_defaults_are_not() -> None:
    book = read(
        "cloudformation",
        "Parameters: {A: {Default: 1}, B: {Type: String}}\nResources:\n  R:\n    Type: AWS::X::Y\n    Properties:\n      a: !Ref A\n      b: !Ref B\n"
        "      c: !Sub 'x-${A}'\n      d: !If [C, 1, 2]\n      e: !GetAtt R.Arn\n",
    )
    properties = at(book, "cloudformation", "Resources", "R").value["Properties"]
    assert (properties["a"], properties["c"]) == (1, "x-1")
    assert {name: properties[name].names for name in "bde"} == {"b": ("B",), "d": ("Fn::If",), "e": ("Fn::GetAtt",)}
    assert at(book, "cloudformation", "Resources", "R", "Properties", "c").line == 8


def test_settings_of_spring_are_flat_and_know_their_profile() -> None:
    book = read("spring", "spring:\n  datasource:\n    password: ${DB:none}\n    url: ${URL}\n", "application-live.yml")
    assert at(book, "spring", "live", "spring.datasource.password").value == "none"
    assert at(book, "spring", "live", "spring.datasource.url").unresolved == ("URL",)
    assert at(read("spring", "# c\na.b = c d\n", "application.properties"), "spring", "a.b").line == 2


def test_variables_of_env_files_lose_quotes_and_comments() -> None:
    book = read("env", "# c\nexport A='x # y'\nB=z # c\nnot a line\nC=\n")
    assert [(each.name, each.value, each.line) for each in book.settings("env")] == [
        ("A", "x # y", 2),
        ("B", "z", 3),
        ("C", "", 5),
    ]


@pytest.mark.parametrize(
    ("tool", "text"),
    [
        ("compose", "services: ["),
        ("compose", "[1, 2]"),
        ("compose", "services: " + "{a: " * 200 + "1" + "}" * 200),
        ("kubernetes", "kind: [" * 100),
        ("cloudformation", "a: 1"),
        ("terraform", 'resource "a" {'),
        ("terraform", "a = " + "[" * 5000 + "]" * 5000),
        ("terraform", 'a = "' + "x" * 400_000 + '"'),
        ("dockerfile", "just text"),
        ("env", "A=" + "x" * 1_000_001),
    ],
)
def test_what_cannot_be_read_is_said_and_never_raises(tool: str, text: str) -> None:
    assert read(tool, text).broken


def test_aliases_that_multiply_are_refused() -> None:
    lines = ["x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "too many" in read("compose", "\n".join(lines)).broken["f"]


def test_locals_that_multiply_end() -> None:
    wide = "".join(
        f'  l{n} = [{", ".join([f"local.l{n + 1}"] * 300)}]\n  t{n} = "{f"${{local.t{n + 1}}}" * 300}"\n'
        for n in range(8)
    )
    text = "locals {\n" + wide + '  t8 = "x"\n}\nresource "a" "b" {\n  x = local.l0\n  y = local.t0\n}\n'
    book = Book()
    book.add("terraform", "a/main.tf", text)
    assert at(book, "terraform", "resource", "a", "b", "y").unresolved


def test_lines_without_end_are_split_in_bounded_time() -> None:
    started = time.monotonic()
    for tool, text in (("haproxy", "global\n a " + "x" * 900_000), ("dockerfile", "FROM a\nENV A=" + "x" * 900_000)):
        assert not read(tool, text).broken
    assert time.monotonic() - started < 30
