"""A command that names a target is followed to what the target runs: make, npm, tox, nox, just, scripts of the tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from ostiary.parts.pipelines import environments, scripts
from ostiary.parts.pipelines.programs import program
from ostiary.parts.pipelines.shell import Command, commands

Read = Callable[[str], str | None]  # a file's text by its path from the root, None: there is none
LEVELS: Final = 4
MOST: Final = 3_000  # commands that one script leads to
_SCRIPT: Final = re.compile(r"(?:\./)?[\w./-]+\.(?:sh|bash)|(?:\./)?[\w-]+(?:/[\w.-]+)+")


class Ran(NamedTuple):
    """A command and the file it is written in."""

    file: str
    command: Command


def followed(found: Sequence[Command], file: str, read: Read, *, folder: str = "", level: int = 0) -> Iterator[Ran]:
    """What commands run in the end; those that cannot be followed stay as they are.

    :param folder: where they run, from the root.
    """
    here, count = folder, 0
    for command in found:
        if command.argv[0] in {"cd", "pushd"} and len(command.argv) > 1:
            here = joined(folder, command.argv[1]) if "$" not in command.argv[1] else here
            continue
        inner = _targets(command, here, read) if level < LEVELS else None
        if inner is None:
            yield Ran(file, command)
            continue
        for path, at, below in inner:
            for ran in followed(below, path, read, folder=at, level=level + 1):
                count += 1
                if count > MOST:
                    return
                yield ran._replace(command=ran.command._replace(may_fail=ran.command.may_fail or command.may_fail))


Target = tuple[str, str, tuple[Command, ...]]  # file, folder it runs in, its commands


def _targets(command: Command, folder: str, read: Read) -> list[Target] | None:
    name, args = program(command.argv)
    for at in dict.fromkeys((folder, "")):
        inner = _of(name, args, command.argv, at, read)
        if inner is not None:
            return inner
    return None


def _of(name: str, args: tuple[str, ...], argv: tuple[str, ...], folder: str, read: Read) -> list[Target] | None:
    if name == "make":
        return scripts.make(args, folder, read)
    if name in {"npm", "yarn", "pnpm", "bun", "run-s", "run-p", "npm-run-all"}:
        return scripts.package(name, args, folder, read)
    if name == "composer":
        return scripts.composer(args, folder, read)
    if name in {"just", "task"}:
        return scripts.recipes(name, args, folder, read)
    if name == "tox":
        return environments.tox(args, folder, read)
    if name in {"inv", "invoke"}:
        return environments.invoke(args, folder, read)
    if name == "nox":
        return environments.nox(args, folder, read)
    if name in {"hatch", "poe", "pdm", "rye", "uv", "poetry", "pixi"} or _project(argv):
        return environments.project(argv, folder, read)
    if name == "pre-commit":
        return scripts.hooks(args, folder, read)
    return _script(argv, folder, read)


def _project(argv: Sequence[str]) -> bool:
    first = argv[0].rpartition("/")[2]
    return first in {"hatch", "pdm", "rye", "pixi", "poetry"} and len(argv) > 1 and argv[1] == "run"


def _script(argv: Sequence[str], folder: str, read: Read) -> list[Target] | None:
    """A shell script of the tree, run by name or by a shell."""
    words = list(argv)
    while words and (
        words[0].rpartition("/")[2] in {"bash", "sh", "zsh", "sudo", "source", ".", "exec", "time"}
        or words[0].startswith("-")
    ):
        words.pop(0)
    if not words or not _SCRIPT.fullmatch(words[0]):
        return None
    path = joined(folder, words[0])
    text = read(path)
    if text is None or not (path.endswith((".sh", ".bash")) or re.match(r"#!.*\b(?:ba|da|z)?sh\b", text)):
        return None
    return [(path, folder, commands(text))]


def joined(folder: str, path: str) -> str:
    """A path below a folder, without ``.`` and ``..``; what leads out of the root is the root."""
    parts: list[str] = []
    for each in f"{folder}/{path}".split("/"):
        if each == "..":
            del parts[-1:]
        elif each not in {"", "."}:
            parts.append(each)
    return "/".join(parts)
