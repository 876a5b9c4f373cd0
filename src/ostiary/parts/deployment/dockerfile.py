"""Dockerfiles: instructions by stage, with continued lines joined and the defaults of ARG filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from ostiary.evidence.deployment import Setting
from ostiary.parts.deployment.interpolation import shell
from ostiary.parts.deployment.reading import (
    MOST_SETTINGS,
    MOST_TEXT,
    Include,
    Read,
    Unknown,
    Unreadable,
    split,
    unknowns,
)

_INSTRUCTION: Final = re.compile(r"\s*([A-Za-z]+)\s+(\S.*)", re.DOTALL)
_HEREDOC: Final = re.compile(r"<<-?[\"']?([A-Za-z_][A-Za-z0-9_]*)[\"']?")
_KNOWN: Final = frozenset(
    [
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ]
)


def read(file: str, text: str, include: Include) -> Read:  # noqa: ARG001 - every reader has this shape
    """Read the instructions; ``path`` is the stage ("0", or its name), ``value`` what stands after the instruction.

    Of ``ENV``, ``ARG`` and ``LABEL`` each pair is a setting of its own, its value ``(name, value)``; of ``CMD`` and
    ``ENTRYPOINT`` in their JSON form the value is a tuple of words.

    :raises Unreadable: for what is no Dockerfile.
    """
    if len(text) > MOST_TEXT:
        raise Unreadable("is larger than any Dockerfile")
    settings: list[Setting] = []
    stage, stages = "", 0
    known: dict[str, Any] = {}
    for line, instruction, rest in _instructions(text):
        if len(settings) >= MOST_SETTINGS:
            raise Unreadable("holds too many instructions")
        if instruction == "FROM":
            named = re.search(r"\s+[Aa][Ss]\s+(\S+)\s*$", rest)
            stage, stages = named[1] if named else str(stages), stages + 1
        for value in _values(instruction, rest, known):
            settings.append(
                Setting(
                    tool="dockerfile",
                    file=file,
                    line=line,
                    path=(stage,) if stage else (),
                    name=instruction,
                    value=value,
                    unresolved=unknowns(value),
                )
            )
            if instruction in {"ENV", "ARG"}:
                known[value[0]] = value[1]
    if not stages:
        raise Unreadable("is no Dockerfile: it begins from no image")
    return Read(settings=settings, files=[file])


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, instruction and the rest, heredocs left out."""
    lines = iter(enumerate(text.split("\n"), 1))
    for number, first in lines:
        line = first.rstrip("\r")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        whole = ""
        while line.rstrip().endswith("\\"):
            whole += line.rstrip()[:-1] + " "
            line = next((each.rstrip("\r") for _, each in lines if not each.lstrip().startswith("#")), "")
        whole += line
        found = _INSTRUCTION.match(whole)
        if found is None or found[1].upper() not in _KNOWN:
            continue
        if found[1].upper() in {"RUN", "COPY", "ADD"}:
            for ending in _HEREDOC.findall(whole):
                for _, each in lines:
                    if each.strip() == ending:
                        break
        yield number, found[1].upper(), found[2].strip()


def _values(instruction: str, rest: str, known: dict[str, Any]) -> Iterator[Any]:
    if instruction in {"ENV", "LABEL", "ARG"}:
        yield from (
            (name, shell(value, known) if isinstance(value, str) else value)
            for name, value in _pairs(instruction, rest)
        )
    elif instruction in {"CMD", "ENTRYPOINT", "RUN"}:
        words = _json(rest)
        yield words if words is not None else rest
    else:
        yield shell(rest, known)


def _pairs(instruction: str, rest: str) -> Iterator[tuple[str, Any]]:
    first = rest.split(None, 1)
    if instruction == "ENV" and "=" not in first[0]:
        yield first[0], first[1].strip() if len(first) > 1 else ""
        return
    for word in split(rest):
        name, sign, value = word.partition("=")
        yield name, value if sign else Unknown((name,), word)


def _json(rest: str) -> tuple[str, ...] | None:
    if not rest.startswith("["):
        return None
    try:
        words = json.loads(rest)
    except (ValueError, RecursionError):
        return None
    return tuple(words) if isinstance(words, list) and all(isinstance(each, str) for each in words) else None
