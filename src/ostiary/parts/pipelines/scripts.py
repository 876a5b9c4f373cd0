"""Targets of make, just and Task, scripts of package.json and composer.json, hooks of pre-commit: what they run."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from ostiary.parts.pipelines.shell import Command, commands
from ostiary.parts.yaml_places import Node, documents
from ostiary.parts.yaml_text import YamlFault

Read = Callable[[str], str | None]
Target = tuple[str, str, tuple[Command, ...]]
_MAKEFILES: Final = ("GNUmakefile", "makefile", "Makefile")
_RULE: Final = re.compile(r"^(?P<names>[^\s:#=][^:#=]*?)\s*::?(?!=)(?P<needs>[^=;#]*)(?:;(?P<first>.*))?(?:#.*)?$")
_VARIABLE: Final = re.compile(
    r"^(?:export\s+|override\s+)?(?P<name>[A-Za-z_][\w.-]*)\s*(?:\?|::?|\+)?=\s*(?P<value>.*)$"
)
_USED: Final = re.compile(r"\$[({](?P<name>[A-Za-z_][\w.-]*)[)}]")
_DEEPEST: Final = 6
_MOST: Final = 200  # targets followed for one command
_LONGEST: Final = 20_000  # characters of a line once variables are filled in


def make(args: Sequence[str], folder: str, read: Read) -> list[Target] | None:
    """Recipes of the targets that make is given, and of what they need first."""
    names: list[str] = []
    at, words = folder, list(args)
    while words:
        word = words.pop(0)
        if word in {"-C", "--directory"} and words:
            at = f"{at}/{words.pop(0)}".strip("/").replace("./", "")
        elif word in {"-f", "--file", "-j", "-o", "-I", "-l"} and words:
            words = words[1:] if word != "-j" or words[0].isdigit() else words
        elif not word.startswith("-") and "=" not in word:
            names.append(word)
    for each in _MAKEFILES:
        path = f"{at}/{each}".strip("/")
        text = read(path)
        if text is not None:
            rules, first = _rules(text)
            return _made(names or [first], rules, path, at)
    return None


class _Rules(dict[str, tuple[list[str], list[tuple[str, int]]]]):
    """Target -> what it needs, and the lines of its recipe with their numbers."""


def _rules(text: str) -> tuple[_Rules, str]:
    found, variables = _Rules(), {"MAKE": "make"}
    first, current = "", []  # type: tuple[str, list[str]]
    for line, number in _logical(text):
        if line.startswith("\t"):
            for name in current:
                found[name][1].append((_filled(line.strip(), variables), number))
        elif not line.strip() or line.lstrip().startswith("#"):
            continue
        elif (variable := _VARIABLE.match(line.strip())) is not None:
            variables[variable["name"]] = variable["value"].partition(" #")[0].strip()
            current = []
        elif (rule := _RULE.match(line[:_LONGEST])) is not None:
            current = _filled(rule["names"], variables).split()
            for name in current:
                needs, recipe = found.setdefault(name, ([], []))
                needs += _filled(rule["needs"] or "", variables).replace("|", " ").split()
                recipe += [(_filled(rule["first"].strip(), variables), number)] if rule["first"] else []
            first = first or next((each for each in current if not each.startswith(".")), "")
    return found, first


def _logical(text: str) -> Iterator[tuple[str, int]]:
    """Lines with what a backslash continues, and the number each begins at."""
    number, lines = 0, text.split("\n")
    while number < len(lines):
        line, start = lines[number], number + 1
        while line.endswith("\\") and number + 1 < len(lines) and len(line) < _LONGEST:
            number += 1
            line = line[:-1] + " " + lines[number].lstrip()
        number += 1
        yield line, start


def _filled(text: str, variables: dict[str, str]) -> str:
    for _ in range(4):
        made = _USED.sub(lambda match: variables.get(match["name"], ""), text)
        if made == text or len(made) > _LONGEST:
            break
        text = made
    return text.replace("$$", "$")[:_LONGEST]


def _made(names: Sequence[str], rules: _Rules, path: str, folder: str) -> list[Target] | None:
    seen: set[str] = set()
    made: list[Target] = []

    def visit(name: str, depth: int) -> None:
        if name in seen or name not in rules or depth > _DEEPEST or len(made) > _MOST:
            return
        seen.add(name)
        needs, recipe = rules[name]
        for each in needs:
            visit(each, depth + 1)
        made.extend((path, folder, _recipe(text, line)) for text, line in recipe)

    if any(name not in rules for name in names):
        return None
    for name in names:
        visit(name, 0)
    return made


def _recipe(text: str, line: int) -> tuple[Command, ...]:
    prefix = re.match(r"[@+-]*", text)
    marks = prefix[0] if prefix else ""
    found = commands(text[len(marks) :], line)
    return tuple(each._replace(line=line, may_fail=each.may_fail or "-" in marks) for each in found)


def package(name: str, args: Sequence[str], folder: str, read: Read) -> list[Target] | None:
    """Scripts of package.json; None where the command names none."""
    at, words = folder, list(args)
    wanted: list[str] = []
    while words:
        word = words.pop(0)
        if word in {"--prefix", "--cwd", "-C", "--dir"} and words:
            at = f"{at}/{words.pop(0)}".strip("/").replace("./", "")
        elif word in {"--filter", "-F", "-w", "--workspace", "workspace", "--recursive", "-r", "workspaces"}:
            return None
        elif word == "--":
            break
        elif not word.startswith("-"):
            wanted.append(word)
    wanted = _scripts_named(name, wanted)
    path = f"{at}/package.json".strip("/")
    text = read(path)
    if not wanted or text is None:
        return None
    return _of_json(text, path, at, wanted, ("pre", "post"))


def _scripts_named(name: str, words: Sequence[str]) -> list[str]:
    if name in {"run-s", "run-p", "npm-run-all"}:
        return list(words)
    if words[:1] and words[0] in {"run", "run-script", "rum"}:
        return [each for word in words[1:2] for each in word.split(",")]
    if name == "npm":
        return ["test"] if words[:1] and words[0] in {"test", "t", "tst"} else []
    return list(words[:1]) if name in {"yarn", "pnpm"} else ["test"] * 0


def composer(args: Sequence[str], folder: str, read: Read) -> list[Target] | None:
    """Scripts of composer.json."""
    words = [each for each in args if not each.startswith("-")]
    names = words[1:2] if words[:1] in (["run-script"], ["run"]) else words[:1]
    path = f"{folder}/composer.json".strip("/")
    text = read(path)
    return _of_json(text, path, folder, names, ()) if text is not None and names else None


def _of_json(text: str, path: str, folder: str, names: Sequence[str], around: Sequence[str]) -> list[Target] | None:
    try:
        table = json.loads(text).get("scripts")
    except (ValueError, AttributeError, RecursionError):
        return None
    if not isinstance(table, dict):
        return None
    known = [
        each for name in names for each in (fnmatch.filter(table, name.replace("**", "*")) if "*" in name else [name])
    ]
    if not known or any(each not in table for each in known):
        return None
    made: list[Target] = []
    for name in known:
        for each in (*(f"{word}{name}" for word in around[:1]), name, *(f"{word}{name}" for word in around[1:])):
            for script in _texts(table.get(each)):
                ran = "composer " + script[1:] if script.startswith("@") and not script.startswith("@php") else script
                found = commands(ran.removeprefix("@php "))
                line = _line(text, each)
                made.append((path, folder, tuple(one._replace(line=line) for one in found)))
    return made


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (each for each in value if isinstance(each, str))


def _line(text: str, name: str) -> int:
    start = max(text.find('"scripts"'), 0)
    found = re.compile(rf'"{re.escape(name)}"\s*:').search(text, start)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def recipes(name: str, args: Sequence[str], folder: str, read: Read) -> list[Target] | None:
    """Recipes of a justfile, tasks of a Taskfile."""
    wanted = [each for each in args if not each.startswith("-") and "=" not in each]
    if name == "task":
        return _tasks(wanted or ["default"], folder, read)
    for each in ("justfile", "Justfile", ".justfile"):
        path = f"{folder}/{each}".strip("/")
        text = read(path)
        if text is not None:
            rules, first = _rules(re.sub(r"(?m)^[ ]+(?=\S)", "\t", text))
            plain = _Rules({key.lstrip("@"): value for key, value in rules.items()})
            return _made(wanted[:1] or [first], plain, path, folder)
    return None


def _tasks(wanted: Sequence[str], folder: str, read: Read) -> list[Target] | None:
    for each in ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml"):
        path = f"{folder}/{each}".strip("/")
        text = read(path)
        if text is None:
            continue
        try:
            tasks = next((one.at("tasks") for one in documents(text)), None)
        except YamlFault:
            return None
        if tasks is None or any(one not in tasks.members for one in wanted):
            return None
        return [(path, folder, _task(one, tasks, 0)) for one in wanted]
    return None


def _task(name: str, tasks: Node, depth: int) -> tuple[Command, ...]:
    node = tasks.members.get(name)
    if node is None or depth > _DEEPEST:
        return ()
    steps = node.at("cmds") or node.at("cmd") or node
    found: list[Command] = []
    for need in getattr(node.at("deps"), "items", ()):
        found += _task(str(need.data), tasks, depth + 1)
    for each in steps.items or ([steps] if isinstance(steps.data, str) else []):
        inner = each.at("task")
        text = each.data if isinstance(each.data, str) else getattr(each.at("cmd"), "data", "")
        if inner is not None:
            found += _task(str(inner.data), tasks, depth + 1)
        elif isinstance(text, str):
            found += [one._replace(line=each.line) for one in commands(text)]
    return tuple(found[: _MOST * 10])


def hooks(args: Sequence[str], folder: str, read: Read) -> list[Target] | None:
    """Hooks that ``pre-commit run`` starts, as commands named ``hook:...``."""
    words = [each for each in args if not each.startswith("-")]
    if words[:1] != ["run"]:
        return None
    found = hooked(read, folder)
    only = [each for each in words[1:2] if any(one[1].argv[0] == f"hook:{each}" for one in found)]
    chosen = [one for one in found if not only or one[1].argv[0] == f"hook:{only[0]}"]
    return [(path, folder, (command,)) for path, command in chosen] if found else None


def hooked(read: Read, folder: str = "") -> list[tuple[str, Command]]:
    """What ``.pre-commit-config.yaml`` runs at commit: a command ``hook:id`` with its arguments each."""
    for name in (".pre-commit-config.yaml", ".pre-commit-config.yml"):
        path = f"{folder}/{name}".strip("/")
        text = read(path)
        if text is None:
            continue
        try:
            repos = next((one.at("repos") for one in documents(text)), None)
        except YamlFault:
            return []
        return [(path, each) for repo in (repos.items if repos else ()) for each in _hooks_of(repo)]
    return []


def _hooks_of(repo: Node) -> Iterator[Command]:
    for hook in getattr(repo.at("hooks"), "items", ()):
        data = hook.data if isinstance(hook.data, dict) else {}
        if "manual" in (data.get("stages") or ()) and len(data.get("stages") or ()) == 1:
            continue
        args = tuple(str(each) for each in data.get("args") or () if not isinstance(each, (dict, list)))
        entry = data.get("entry")
        if isinstance(entry, str) and data.get("language") in {"system", "script", "unsupported"}:
            yield from (each._replace(argv=(*each.argv, *args), line=hook.line) for each in commands(entry)[:1])
        else:
            yield Command((f"hook:{data.get('id')}", *args), hook.line)
