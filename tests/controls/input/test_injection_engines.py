"""Injection against real engines: a database, a template engine, a shell, an evaluator, files, XPath; and their sound twins."""

from __future__ import annotations

import base64
import dataclasses
import json
import operator
import pickle
import re
import sqlite3
import subprocess
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree as ET

import pytest
import yaml

from closing import InProcess, Request, Response, app_of, audited
from ostiary.model import Api, Finding, Outcome
from ostiary.parts import openapi

jinja2 = pytest.importorskip("jinja2")

SQL, RCE = "input.injection-sql", "input.injection-rce"
TEXT = {"type": "string"}
Respond = Callable[[Request], Response]


def api(path: str, method: str = "get", *, role: str = "", media: str = "application/json", **query: str) -> Api:
    holes = re.findall(r"\{(\w+)\}", path)
    places = [{"name": each, "in": "path", "required": True, "schema": TEXT} for each in holes]
    places += [{"name": name, "in": "query", "schema": TEXT, "example": value} for name, value in query.items()]
    operation: dict[str, Any] = {"parameters": places, "responses": {"200": {"description": ""}}}
    if method != "get":
        schema = {"type": "object", "properties": {"name": TEXT, "password": TEXT}}
        operation["requestBody"] = {"content": {media: {"schema": schema}}}
    document = {"openapi": "3.1.0", "info": {}, "paths": {path: {method: operation}}}
    return openapi.from_plain(document, source="x")


def audit(control: str, respond: Respond, of: Api, bodies: Mapping[str, bytes] | None = None) -> Finding:
    return audited(control, InProcess(app_of(respond), of, bodies=bodies))


def value(request: Request, name: str, usual: str = "") -> str:
    return parse_qs(request.query, keep_blank_values=True).get(name, [usual])[0]


def good(document: Any) -> Response:
    return Response(200, json.dumps(document))


def people() -> sqlite3.Connection:
    found = sqlite3.connect(":memory:")
    found.executescript(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, password TEXT, age INT);"
        "INSERT INTO people (name, password, age) VALUES ('zoe', 'p1', 30), ('adam', 'p2', 20), ('mia', 'p3', 40)"
    )
    return found


def rows(database: sqlite3.Connection, statement: str, *bound: Any) -> list[Any]:
    return database.execute(statement, bound).fetchall()


# --- databases ---------------------------------------------------------------


@pytest.mark.parametrize("bound", [False, True])
def test_a_name_in_the_path(*, bound: bool) -> None:
    database = people()

    def respond(request: Request) -> Response:
        name = unquote(request.path.rpartition("/")[2])
        try:
            found = (
                rows(database, "SELECT id, name FROM people WHERE name = ?", name)
                if bound
                else rows(database, f"SELECT id, name FROM people WHERE name = '{name}'")
            )
        except sqlite3.Error:
            return Response(500, '{"message": "Internal Server Error"}')
        return good({"id": found[0][0], "name": found[0][1]}) if found else Response(404, '{"message": "not found"}')

    of = api("/people/{name}")
    found = audit(SQL, respond, of)
    assert found.outcome is (Outcome.UNKNOWN if bound else Outcome.FAIL)
    if not bound:
        assert found.places == ("GET /people/{name}",)
        assert found.facts["fields"] == ["name"]
        assert found.facts["places"][0]["in"] == "path"
        assert found.proof


@pytest.mark.parametrize("error", [500, 200])
def test_an_error_that_is_swallowed_does_not_hide_the_difference(error: int) -> None:
    database = people()

    def respond(request: Request) -> Response:
        try:
            found = rows(database, f"SELECT name FROM people WHERE name LIKE '%{value(request, 'q', 'zoe')}%'")
        except sqlite3.Error:
            found = []
            if error == 500:
                return Response(500)
        return good(found)

    assert audit(SQL, respond, api("/search", q="zoe")).outcome is Outcome.FAIL


def test_a_number_that_is_put_into_a_statement() -> None:
    database = people()

    def respond(request: Request) -> Response:
        number = unquote(request.path.rpartition("/")[2])
        try:
            found = rows(database, f"SELECT name FROM people WHERE age > 0 AND id={number}")
        except sqlite3.Error:
            return Response(400, '{"error": "bad id"}')
        return good(found[0]) if found else Response(404, "{}")

    assert audit(SQL, respond, api("/people/{id}")).outcome is Outcome.FAIL


@pytest.mark.parametrize("mapped", [False, True])
def test_the_order_of_a_list(*, mapped: bool) -> None:
    database = people()

    def respond(request: Request) -> Response:
        sort = value(request, "sort", "name")
        if mapped:
            sort = {"name": "name", "age": "age"}.get(sort, "id")
        try:
            return good(
                [
                    {"name": name, "age": age}
                    for name, age in rows(database, f"SELECT name, age FROM people ORDER BY {sort}")
                ]
            )
        except sqlite3.Error:
            return Response(400, '{"error": "sort"}')

    found = audit(SQL, respond, api("/people", sort="name"))
    assert found.outcome is (Outcome.PASS if mapped else Outcome.FAIL)


@pytest.mark.parametrize("bound", [False, True])
def test_signing_in_as_nobody(*, bound: bool) -> None:
    database = people()

    def respond(request: Request) -> Response:
        body = json.loads(request.body or b"{}")
        name, password = body.get("name"), body.get("password")
        if not isinstance(name, str) or not isinstance(password, str):
            return Response(422, "{}")
        try:
            found = (
                rows(database, "SELECT id FROM people WHERE name = ? AND password = ?", name, password)
                if bound
                else rows(database, f"SELECT id FROM people WHERE name = '{name}' AND password = '{password}'")
            )
        except sqlite3.Error:
            return Response(500)
        return good({"token": "t0"}) if found else Response(401, '{"error": "no"}')

    found = audit(SQL, respond, _login())
    assert found.outcome is (Outcome.UNKNOWN if bound else Outcome.FAIL)


@pytest.mark.parametrize("bound", [False, True])
def test_signing_in_as_nobody_at_the_sixth_login_which_forbids_all_others(*, bound: bool) -> None:
    """An API with a login for each of its parts; a wrong password is answered 403, as filters answer attacks."""
    database = people()

    def respond(request: Request) -> Response:
        body = json.loads(request.body or b"{}")
        name, password = str(body.get("name")), str(body.get("password"))
        last = request.path == "/v5/login" and not bound
        statement = f"SELECT id FROM people WHERE name = '{name}' AND password = '{password}'"
        try:
            found = rows(database, statement if last else "SELECT id FROM people WHERE name = '' AND password = ''")
        except sqlite3.Error:
            return Response(500, "{}")
        return good({"success": "true", "authkey": "k" * 20}) if found else Response(403, '{"success": "false"}')

    found = audit(SQL, respond, _logins(6))
    assert found.outcome is (Outcome.UNKNOWN if bound else Outcome.FAIL)
    assert bound or found.places == ("POST /v5/login",)


@pytest.mark.parametrize("bound", [False, True])
def test_a_login_that_repeats_what_its_database_complains_of(*, bound: bool) -> None:
    """It hashes the name before it compares: no condition opens it, and yet a quote ends the statement."""
    database = people()

    def respond(request: Request) -> Response:
        name = str(json.loads(request.body or b"{}").get("name"))
        try:
            if not bound:
                rows(database, f"INSERT INTO people (name, age) VALUES ('{name}', 1)")
        except sqlite3.Error as error:
            return Response(500, json.dumps({"error": f"sqlite3.OperationalError: {error}"}))
        return Response(401, '{"error": "no"}')

    found = audit(SQL, respond, _login())
    assert found.outcome is (Outcome.UNKNOWN if bound else Outcome.FAIL)


def _logins(count: int) -> Api:
    found = [api(f"/v{number}/login", "post", role="login").operations[0] for number in range(count)]
    return dataclasses.replace(_login(), operations=tuple(dataclasses.replace(each, role="login") for each in found))


def _login() -> Api:
    of = api("/login", "post")
    return dataclasses.replace(of, operations=tuple(dataclasses.replace(each, role="login") for each in of.operations))


@pytest.mark.parametrize("checked", [False, True])
def test_operators_in_place_of_a_password(*, checked: bool) -> None:
    """As document stores compare: an object is an operator."""
    users = [{"name": "zoe", "password": "p1"}]

    def matches(wanted: Any, has: str) -> bool:
        if isinstance(wanted, dict):
            return ("$ne" in wanted and has != wanted["$ne"]) or ("$gt" in wanted and has > wanted["$gt"])
        return bool(wanted == has)

    def respond(request: Request) -> Response:
        body = json.loads(request.body or b"{}")
        name, password = body.get("name"), body.get("password")
        if checked and not (isinstance(name, str) and isinstance(password, str)):
            return Response(400, '{"error": "text"}')
        found = [each for each in users if matches(name, each["name"]) and matches(password, each["password"])]
        return good({"token": "t0"}) if found else Response(401, '{"error": "no"}')

    found = audit(SQL, respond, _login())
    assert (found.outcome is Outcome.FAIL) is not checked


@pytest.mark.parametrize("bound", [False, True])
def test_a_text_that_is_stored(*, bound: bool) -> None:
    database = people()

    def respond(request: Request) -> Response:
        name = json.loads(request.body or b"{}").get("name", "x")
        try:
            if bound:
                database.execute("INSERT INTO people (name, age) VALUES (?, 1)", (name,))
            else:
                database.execute(f"INSERT INTO people (name, age) VALUES ('{name}', 1)")
        except sqlite3.Error:
            return Response(500, '{"message": "Internal Server Error"}')
        return good({"name": rows(database, "SELECT name FROM people ORDER BY id DESC")[0][0]})

    found = audit(SQL, respond, api("/people", "post"))
    assert found.outcome is (Outcome.PASS if bound else Outcome.FAIL)


@pytest.mark.parametrize("told", [False, True], ids=["silent", "debug"])
@pytest.mark.parametrize(
    ("statement", "valid"),
    [("age = {}", "30"), ("age = {}", 30), ("name = '{}'", "zoe")],
    ids=["number-as-text", "number", "text"],
)
@pytest.mark.parametrize("bound", [False, True])
def test_a_search_that_is_a_post(statement: str, valid: Any, *, told: bool, bound: bool) -> None:
    """Tiredful's look-up of a month: a word is a column that is not there, so only numbers, or conditions, show it."""
    database = people()

    def respond(request: Request) -> Response:
        wanted = json.loads(request.body or b"{}").get("name", valid)
        try:
            if bound:
                column = statement.partition(" ")[0]
                return good(rows(database, f"SELECT * FROM people WHERE {column} = ?", str(wanted)))
            return good(rows(database, f"SELECT * FROM people WHERE {statement.format(wanted)}"))
        except sqlite3.Error as error:
            return Response(500, f"sqlite3.OperationalError: {error}" if told else '{"error": "Server Error"}')

    found = audit(SQL, respond, api("/found", "post"), {"application/json": json.dumps({"name": valid}).encode()})
    assert found.outcome is (Outcome.PASS if bound else Outcome.FAIL), found


def test_what_is_created_by_a_post_is_no_search() -> None:
    """Each creation answers otherwise, whatever is in it."""
    made: list[str] = []

    def respond(request: Request) -> Response:
        made.append(str(json.loads(request.body or b"{}").get("name", "")))
        return good({"id": len(made), "short": len(made[-1]) < 15})

    assert audit(SQL, respond, api("/made", "post")).outcome is Outcome.PASS


@pytest.mark.parametrize("escaped", [False, True])
def test_a_path_through_a_document(*, escaped: bool) -> None:
    tree = ET.fromstring("<all><p name='zoe' n='1'/><p name='adam' n='2'/></all>")

    def respond(request: Request) -> Response:
        name = value(request, "name", "zoe")
        # ElementTree knows no "or": what an XPath 1.0 engine answers, for the forms that matter
        either = re.fullmatch(r"([^']*)' or '(\d+)'='(\d+)", name)
        if "'" in name and not either and not escaped:
            return Response(500, '{"error": "Invalid predicate"}')
        if either and not escaped:
            return good([each.attrib for each in tree] if either[2] == either[3] else [])
        return good([each.attrib for each in tree if each.get("name") == name])

    found = audit(SQL, respond, api("/find", name="zoe"))
    assert found.outcome is (Outcome.PASS if escaped else Outcome.FAIL)


@pytest.mark.parametrize(
    "answer",
    [
        lambda name: Response(500 if re.search(r"[^\w-]", name) else 200, '{"n": 1}'),
        lambda name: Response(403 if re.search(r"['\"<(]| or | and ", name, re.IGNORECASE) else 200, '{"n": 1}'),
        lambda name: good({"you said": name, "length": len(name)}),
        lambda name: good({"you said": name.replace("'", "&#39;")}),
        lambda name: good({"hash": zlib.crc32(name.encode()) - 2**31, "odd": zlib.crc32(name.encode()) % 2}),
        lambda name: Response(200, '{"success": false, "error": "bad"}') if "'" in name else good([1]),
        lambda _: Response(500, '{"error": "near \\"x\\": syntax error"}'),
    ],
    ids=["any-oddity-500", "filter-403", "echo", "escapes", "hash", "says-error", "always-an-error"],
)
def test_what_only_looks_injectable(answer: Callable[[str], Response]) -> None:
    for control in (SQL, RCE):
        found = audit(control, lambda request: answer(value(request, "name", "lamp")), api("/stock", name="lamp"))
        assert found.outcome is not Outcome.FAIL, (control, found)


def test_a_filter_in_front_is_no_pass() -> None:
    def respond(request: Request) -> Response:
        return Response(403, "<h1>Blocked</h1>") if re.search(r"['<]", value(request, "name")) else good([1])

    found = audit(SQL, respond, api("/stock", name="lamp"))
    assert found.outcome is Outcome.UNKNOWN
    assert "filter" in found.why


# --- what runs ---------------------------------------------------------------


@pytest.mark.parametrize("sound", [False, True])
def test_a_template_made_of_a_text(*, sound: bool) -> None:
    def respond(request: Request) -> Response:
        name = value(request, "name", "you")
        try:
            made = jinja2.Template("Hello {{ name }}") if sound else jinja2.Template(f"Hello {name}")
            return Response(200, made.render(name=name), [("content-type", "text/html")])
        except jinja2.TemplateError:
            return Response(500)

    found = audit(RCE, respond, api("/hello", name="you"))
    assert found.outcome is (Outcome.PASS if sound else Outcome.FAIL)
    assert sound or found.facts["places"][0]["how"] == "template"


@pytest.mark.parametrize("form", ["echo {}", 'echo "{}"', "echo '{}'", "true {}", "cat /nonexistent/{}.txt; true"])
def test_a_command_made_of_a_text(form: str) -> None:
    def respond(request: Request) -> Response:
        done = subprocess.run(form.format(value(request, "host", "a")), shell=True, capture_output=True, check=False)
        return good({"out": done.stdout.decode()})

    assert audit(RCE, respond, api("/ping", host="a")).outcome is Outcome.FAIL


def test_a_command_made_of_a_segment_of_the_path() -> None:
    """A slash, however it is spelt, ends the segment, and the route is another: ``/uptime/{flag}`` of vAPI."""

    def respond(request: Request) -> Response:
        flag = unquote(request.path.removeprefix("/uptime/"))
        if not flag or "/" in flag:
            return Response(404)
        return Response(200, subprocess.run(f"echo -{flag}", shell=True, capture_output=True, check=False).stdout)

    assert audit(RCE, respond, api("/uptime/{flag}")).outcome is Outcome.FAIL


def test_a_command_with_a_list_of_arguments_passes() -> None:
    def respond(request: Request) -> Response:
        done = subprocess.run(["echo", value(request, "host", "a")], capture_output=True, check=False)
        return good({"out": done.stdout.decode()})

    assert audit(RCE, respond, api("/ping", host="a")).outcome is Outcome.PASS


def test_an_evaluator_is_found_and_a_calculator_is_not() -> None:
    def evaluates(request: Request) -> Response:
        try:
            return good({"result": eval(value(request, "expression", "1+1"), {})})
        except Exception:
            return Response(400, '{"error": "expression"}')

    def calculates(request: Request) -> Response:
        match = re.fullmatch(r"(\d+)([+*])(\d+)", value(request, "expression", "1+1"))
        if match is None:
            return Response(400, '{"error": "expression"}')
        return good({"result": {"+": operator.add, "*": operator.mul}[match[2]](int(match[1]), int(match[3]))})

    assert audit(RCE, evaluates, api("/calc", expression="1+1")).outcome is Outcome.FAIL
    assert audit(RCE, calculates, api("/calc", expression="1+1")).outcome is not Outcome.FAIL


def _serves(folder: Path, guard: Callable[[str], str | None]) -> Respond:
    def respond(request: Request) -> Response:
        name = guard(value(request, "file", "a.txt"))
        if name is None:
            return Response(400, '{"error": "name"}')
        try:
            return Response(200, (folder / name).read_bytes(), [("content-type", "text/plain")])
        except OSError:
            return Response(404)
        except ValueError:
            return Response(400)

    return respond


@pytest.mark.parametrize(
    ("guard", "sound"),
    [
        (lambda name: name, False),
        (lambda name: name.replace("../", ""), False),
        (lambda name: None if name.startswith("/") else name, False),
        (lambda name: None if ".." in name else name, False),  # an absolute path remains
        (lambda name: None if "../" in name else unquote(name).lstrip("/"), False),
        (lambda name: Path(name).name, True),
        (lambda name: name if re.fullmatch(r"[\w.]+", name) and ".." not in name else None, True),
    ],
)
def test_a_name_of_a_file(tmp_path: Path, guard: Callable[[str], str | None], *, sound: bool) -> None:
    (tmp_path / "a.txt").write_text("a")
    found = audit(RCE, _serves(tmp_path, guard), api("/download", file="a.txt"))
    assert found.outcome is (Outcome.PASS if sound else Outcome.FAIL), found
    assert sound or found.facts["places"][0]["how"] == "file"


PASTE = {"application/json": b'{"filename": "ostiary-a.txt", "content": "ostiary-x"}'}


@pytest.mark.parametrize(("path", "method"), [("/paste", "post"), ("/export", "get"), ("/file/delete", "get")])
def test_a_name_in_a_write_is_never_that_of_a_file_that_could_be_overwritten(path: str, method: str) -> None:
    """DVGA stores what is handed in under the name that comes along, as root: its own /etc/passwd is gone then."""
    named: list[str] = []

    def writes(request: Request) -> Response:
        given = json.loads(request.body) if request.body else {"filename": value(request, "file", "a.txt")}
        named.append(str(given.get("filename", "")))
        return good({"stored": True})

    audit(RCE, writes, api(path, method, file="a.txt"), PASTE)
    reached = {
        "/" + unquote(each).replace("....//", "../").replace("\\", "/").rpartition("../")[2].lstrip("/")
        for each in named
    }
    assert any(each.startswith("/proc/") for each in reached)
    assert not [each for each in reached if "etc" in each or "win" in each]


def test_a_file_that_a_write_reads_is_found_by_one_that_nobody_can_write() -> None:
    def renders(request: Request) -> Response:
        name = str(json.loads(request.body).get("filename", ""))
        if name.endswith("proc/version"):
            return good({"page": "Linux version 6.1.0-13 (root@builder) #1"})
        return good({"page": "hello"}) if name.startswith("ostiary") else Response(404)

    found = audit(RCE, renders, api("/paste", "post"), PASTE)
    assert found.outcome is Outcome.FAIL, found
    assert found.facts["places"][0]["how"] == "file"


def test_a_page_that_always_shows_the_file_is_no_traversal() -> None:
    text = "root:x:0:0:root:/root:/bin/sh"
    found = audit(RCE, lambda _: Response(200, text), api("/download", file="a.txt"))
    assert found.outcome is not Outcome.FAIL


@pytest.mark.parametrize("loader", [yaml.UnsafeLoader, yaml.SafeLoader])
def test_yaml_with_tags(loader: Any) -> None:
    def respond(request: Request) -> Response:
        try:
            return good(yaml.load(request.body, loader))
        except yaml.YAMLError:
            return Response(400)

    of = api("/import", "post", media="application/yaml")
    found = audit(RCE, respond, of, {"application/yaml": b'{"name": "x"}'})
    assert (found.outcome is Outcome.FAIL) is (loader is yaml.UnsafeLoader)


@pytest.mark.parametrize("loads", [True, False])
def test_a_pickle_in_a_cookie(*, loads: bool) -> None:
    """One that is loaded is a certain finding; one that is merely handed out a tentative one."""

    def respond(request: Request) -> Response:
        cookie = request.headers.get("cookie", "").partition("=")[2]
        shown: Any = "-"
        if loads and cookie:
            try:
                shown = pickle.loads(base64.b64decode(cookie))
            except Exception:
                shown = "broken"
        own = base64.b64encode(pickle.dumps({"theme": "dark", "of": "somebody"}, protocol=4)).decode()
        fields = [("content-type", "application/json"), ("set-cookie", f"prefs={own}; HttpOnly")]
        return Response(200, json.dumps({"theme": str(shown)}), fields)

    found = audit(RCE, respond, api("/me", q="x"))
    assert found.outcome is Outcome.FAIL
    assert found.facts["places"][0]["how"] == ("pickle" if loads else "serialised")
    assert found.confidence.value == ("certain" if loads else "tentative")


def test_a_sum_that_was_stored_and_is_worked_out_later() -> None:
    kept: list[str] = []

    def respond(request: Request) -> Response:
        if request.method == "POST":
            kept.append(json.loads(request.body or b"{}").get("name", "x"))
            return Response(201, '{"ok": true}')
        try:
            return Response(
                200, "".join(jinja2.Template(each).render() for each in kept), [("content-type", "text/html")]
            )
        except jinja2.TemplateError:
            return Response(500)

    post = {
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"name": TEXT}}}}}
    }
    answer = {"responses": {"200": {"description": ""}}}
    paths = {"/notes": {"post": {**post, **answer}, "get": answer}}
    of = openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": paths}, source="x")
    found = audit(RCE, respond, of)
    assert found.outcome is Outcome.FAIL
    assert found.facts["places"][0]["technique"] == "stored"


# --- markup ------------------------------------------------------------------


@pytest.mark.parametrize("escaped", [False, True])
def test_markup_that_was_stored_and_shown_on_a_page(*, escaped: bool) -> None:
    kept: list[str] = []
    page = jinja2.Environment(autoescape=escaped).from_string("{% for each in kept %}<p>{{ each }}</p>{% endfor %}")

    def respond(request: Request) -> Response:
        if request.method == "POST":
            kept.append(json.loads(request.body or b"{}").get("name", "x"))
            return Response(201, '{"ok": true}')
        return Response(200, "<!doctype html>" + page.render(kept=kept), [("content-type", "text/html")])

    post = {
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"name": TEXT}}}}}
    }
    answer = {"responses": {"200": {"description": "", "content": {"text/html": {}}}}}
    paths = {"/notes": {"post": {**post, "responses": {}}, "get": answer}}
    of = openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": paths}, source="x")
    found = audit("input.injection-xss", respond, of)
    assert found.outcome is (Outcome.PASS if escaped else Outcome.FAIL)
    assert escaped or found.facts["places"][0]["technique"] == "stored"
    assert escaped or found.places == ("POST /notes",)


def test_a_list_of_commands_that_is_only_looked_at_from_the_front() -> None:
    """Anything else is refused, so that no valid request is known; what complains on its error output is refused too."""

    def respond(request: Request) -> Response:
        command = str(json.loads(request.body or b"{}").get("command", ""))
        done = subprocess.run(command, shell=True, capture_output=True, check=False)
        return Response(400, '{"error": "Error"}') if done.stderr else good({"stdout": done.stdout.decode()})

    schema = {"type": "object", "properties": {"command": TEXT}}
    post = {
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": ""}},
    }
    of = openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": {"/debug": {"post": post}}}, source="x")
    found = audit(RCE, respond, of)
    assert found.outcome is Outcome.FAIL
    assert found.facts["fields"] == ["command"]


def test_what_was_created_on_the_way_is_removed_and_nothing_else() -> None:
    kept = {"1": "of somebody else"}

    def respond(request: Request) -> Response:
        name = request.path.rpartition("/")[2]
        if request.method == "DELETE":
            return Response(204 if kept.pop(name, None) else 404)
        if request.method == "POST":
            number = str(len(kept) + 1)
            kept[number] = json.loads(request.body or b"{}").get("name", "x")
            return Response(201, json.dumps({"id": number, "name": kept[number]}))
        return good([{"id": key, "name": value} for key, value in kept.items()])

    schema = {"type": "object", "properties": {"name": TEXT}}
    post = {
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"201": {"description": ""}},
    }
    hole = [{"name": "id", "in": "path", "required": True, "schema": TEXT}]
    paths = {
        "/notes": {"post": post, "get": {"responses": {}}},
        "/notes/{id}": {"delete": {"parameters": hole, "responses": {}}},
    }
    of = openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": paths}, source="x")
    for control in (SQL, RCE, "input.injection-xss"):
        audit(control, respond, of)
    assert kept["1"] == "of somebody else"
    assert not [each for each in kept.values() if "ostiary" in each]
