"""What tox, nox and the script tables of pyproject.toml run, read as text: nothing of the project is executed."""

from __future__ import annotations

import ast
import configparser
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from ostiary.parts.pipelines.shell import Command, commands

Read = Callable[[str], str | None]
Target = tuple[str, str, tuple[Command, ...]]
_MOST: Final = 60  # environments followed for one command
_FACTOR: Final = re.compile(r"^[\w,!{}.-]+:\s+")
_POSITIONS: Final = re.compile(r"\{posargs(?::(?P<default>[^{}]*))?\}")


def tox(args: Sequence[str], folder: str, read: Read) -> list[Target] | None:
    """Commands of tox environments: those named by ``-e``, otherwise all of its list."""
    wanted = _option(args, "-e", "--env")
    for name in ("tox.ini", "setup.cfg"):
        path = f"{folder}/{name}".strip("/")
        text = read(path)
        if text is not None and ("[testenv" in text or "[tox" in text):
            return _tox_ini(text, path, folder, wanted)
    path = f"{folder}/pyproject.toml".strip("/")
    table = _toml(read(path)).get("tool", {})
    table = table.get("tox") if isinstance(table, dict) else None
    if not isinstance(table, dict):
        path = f"{folder}/tox.toml".strip("/")
        table = _toml(read(path)) or None
    if table is None:
        return None
    if isinstance(table.get("legacy_tox_ini"), str):
        return _tox_ini(table["legacy_tox_ini"], path, folder, wanted)
    return _tox_toml(table, path, folder, wanted)


def _option(args: Sequence[str], *names: str) -> list[str]:
    found: list[str] = []
    for at, each in enumerate(args):
        if each in names and at + 1 < len(args):
            for value in args[at + 1 :]:
                if value.startswith("-"):
                    break
                found += value.split(",")
        found += [part for name in names if each.startswith(f"{name}=") for part in each.partition("=")[2].split(",")]
        if names[0] == "-e" and re.fullmatch(r"-e\S+", each):
            found += each[2:].split(",")
    return [each.strip() for each in found if each.strip()]


def _tox_ini(text: str, path: str, folder: str, wanted: Sequence[str]) -> list[Target] | None:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, inline_comment_prefixes=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    named = {each.split(":", 1)[1]: each for each in parser.sections() if each.startswith("testenv:")}
    sections = _chosen(wanted, named, "testenv")
    made = []
    for section in sections[:_MOST]:
        written = parser.get(section, "commands", fallback=None) if parser.has_section(section) else None
        if written is None and parser.has_section("testenv"):
            written = parser.get("testenv", "commands", fallback=None)
        line = _line(text, rf"(?m)^\[{re.escape(section)}\]")
        made.append((path, folder, tuple(_lines(written or "", line))))
    return made


def _chosen(wanted: Sequence[str], named: Mapping[str, str], rest: str) -> list[str]:
    if not wanted or any("$" in each or each == "ALL" for each in wanted):
        return list(dict.fromkeys([rest, *named.values()]))
    return list(dict.fromkeys(named.get(each, rest) for each in wanted))


def _lines(text: str, line: int) -> Iterator[Command]:
    for each in text.replace("\\\n", " ").splitlines():
        plain = _POSITIONS.sub(lambda match: match["default"] or "", _FACTOR.sub("", each.strip()))
        may_fail = plain.startswith("-")
        plain = re.sub(r"\{env:[^{}]*\}|\{[\w:-]+\}", "", plain.lstrip("-! "))
        for one in commands(plain):
            yield one._replace(line=line, may_fail=one.may_fail or may_fail)


def _tox_toml(table: Mapping[str, Any], path: str, folder: str, wanted: Sequence[str]) -> list[Target]:
    named = {name: each for name, each in (table.get("env") or {}).items() if isinstance(each, dict)}
    base = table.get("env_run_base") or {}
    chosen = _chosen(wanted, {name: name for name in named}, "")
    made = []
    for name in chosen[:_MOST]:
        written = named.get(name, {}).get("commands", base.get("commands") if isinstance(base, dict) else None) or []
        rows = [each for each in written if isinstance(each, list)] if isinstance(written, list) else []
        found = tuple(
            Command(words, 1) for row in rows if (words := tuple(each for each in row if isinstance(each, str)))
        )
        made.append((path, folder, found))
    return made


def nox(args: Sequence[str], folder: str, read: Read) -> list[Target] | None:
    """What sessions of a noxfile run: constants among the arguments of ``session.run``."""
    path = f"{folder}/noxfile.py".strip("/")
    text = read(path)
    if text is None:
        return None
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    wanted = [re.split(r"[-(]", each)[0] for each in _option(args, "-s", "--session", "--sessions", "-e")]
    made = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and (name := _session(node)):
            if wanted and name not in wanted and not any("$" in each for each in wanted):
                continue
            made.append((path, folder, tuple(_runs(node))))
    return made or None


def _session(node: ast.FunctionDef) -> str:
    for each in node.decorator_list:
        call = each if isinstance(each, ast.Call) else None
        target = call.func if call else each
        if ast.unparse(target) in {"nox.session", "session", "nox_session"}:
            named = next((one.value for one in (call.keywords if call else ()) if one.arg == "name"), None)
            told = named.value if isinstance(named, ast.Constant) else None
            return told if isinstance(told, str) else node.name
    return ""


def _runs(node: ast.FunctionDef) -> Iterator[Command]:
    for each in ast.walk(node):
        if (
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Attribute)
            and each.func.attr in {"run", "run_always"}
        ):
            words = tuple(
                one.value for one in each.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
            )
            codes = any(one.arg == "success_codes" for one in each.keywords)
            if words:
                yield Command(words, each.lineno, codes)


def invoke(args: Sequence[str], folder: str, read: Read) -> list[Target] | None:
    """What tasks of Invoke run: the texts that ``ctx.run`` is given, as far as they are constant."""
    path = f"{folder}/tasks.py".strip("/")
    text = read(path)
    try:
        tree = ast.parse(text or "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    wanted = {each.replace("-", "_") for each in args if not each.startswith("-")}
    made = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in wanted and _is_task(node):
            told = [(one, each.lineno) for each in _given(node) for one in commands(_head(each))]
            made.append((path, folder, tuple(one._replace(line=line) for one, line in told)))
    return made or None


def _is_task(node: ast.FunctionDef) -> bool:
    return any(ast.unparse(each).partition("(")[0] in {"task", "invoke.task"} for each in node.decorator_list)


def _given(node: ast.FunctionDef) -> Iterator[ast.expr]:
    for each in ast.walk(node):
        if (
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Attribute)
            and each.func.attr == "run"
            and each.args
        ):
            yield each.args[0]


def _head(given: ast.expr) -> str:
    """The first constant in an expression that makes a text."""
    return next(
        (one.value for one in ast.walk(given) if isinstance(one, ast.Constant) and isinstance(one.value, str)), ""
    )


def project(argv: Sequence[str], folder: str, read: Read) -> list[Target] | None:
    """Scripts that pyproject.toml declares for hatch, poe, pdm, rye and pixi."""
    first = argv[0].rpartition("/")[2]
    words = [each for each in argv[1:] if not each.startswith("-")]
    if words[:1] == ["run"]:
        words = words[1:]
    if first in {"poetry", "uv"} and words[:1] == ["poe"]:
        first, words = "poe", words[1:]
    if first == "hatch" and words[:1] == ["test"]:
        return None
    path = f"{folder}/pyproject.toml".strip("/")
    text = read(path)
    tool = _toml(text).get("tool", {}) if text else {}
    if not words or not isinstance(tool, dict):
        return None
    name = words[0].rpartition(":")[2]
    tables = _tables(first, words[0].rpartition(":")[0], tool)
    written = next((each[name] for each in tables if isinstance(each, dict) and name in each), None)
    found = tuple(_written(written, tables, 0))
    line = _line(text or "", rf"(?m)^\s*\"?{re.escape(name)}\"?\s*=")
    return [(path, folder, tuple(each._replace(line=line) for each in found))] if written is not None else None


def _tables(first: str, env: str, tool: Mapping[str, Any]) -> list[Any]:
    def at(*path: str) -> Any:
        found: Any = tool
        for each in path:
            found = found.get(each) if isinstance(found, dict) else None
        return found

    if first == "hatch":
        return [at("hatch", "envs", env.partition(".")[0] or "default", "scripts")]
    known = {"poe": ("poe", "tasks"), "pdm": ("pdm", "scripts"), "rye": ("rye", "scripts"), "pixi": ("pixi", "tasks")}
    return [at(*known[first])] if first in known else []


def _written(value: Any, tables: Sequence[Any], depth: int) -> Iterator[Command]:
    if depth > 4:  # noqa: PLR2004 - scripts of scripts
        return
    if isinstance(value, dict):
        value = next((value[each] for each in ("cmd", "shell", "sequence", "composite", "chain") if each in value), "")
    for each in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
        if not isinstance(each, str):
            yield from _written(each, tables, depth + 1)
            continue
        may_fail = each.startswith("- ")
        for one in commands(re.sub(r"\{args(?::[^{}]*)?\}", "", each.removeprefix("- "))):
            inner = next(
                (table[one.argv[0]] for table in tables if isinstance(table, dict) and one.argv[0] in table), None
            )
            yield from (
                [one._replace(may_fail=one.may_fail or may_fail)]
                if inner is None
                else _written(inner, tables, depth + 1)
            )


def _toml(text: str | None) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text or "")
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _line(text: str, pattern: str) -> int:
    found = re.search(pattern, text)
    return text.count("\n", 0, found.start()) + 1 if found else 1
