"""Terraform: resources of a folder with variables and locals filled in where they are plain; all else is unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ostiary.evidence.deployment import Setting
from ostiary.parts.deployment.hcl_text import HclBlock, parsed
from ostiary.parts.deployment.reading import MOST_SETTINGS, Read, Unknown, Unreadable, unknowns

_MOST_FOLDER: Final = 600_000  # characters
_REFERENCE: Final = re.compile(r"(var|local)\.([A-Za-z_][A-Za-z0-9_-]*)")
_WHOLE: Final = re.compile(r"\$\{([^{}]*)\}")
_NAMES: Final = re.compile(r"[a-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+")
_DEEPEST: Final = 8
_MOST_VALUES: Final = 300_000  # of a folder, locals that stand in locals followed
_MOST_TEXT: Final = 20_000  # characters of a value
_KEPT: Final = frozenset(["resource", "data", "module", "provider", "terraform", "output"])
_GIVEN: Final = ("terraform.tfvars", ".auto.tfvars")  # what Terraform reads without being told


def read(files: Mapping[str, str]) -> Read:
    """Read all files of one folder.

    A block is a setting with its labels as path and name (``("resource", "aws_ebs_volume")``, ``"data"``), each of its
    attributes and blocks follows below. What rests on a variable without a default, a module, another resource or a
    condition is `Unknown`; so is, in the block around it, what a ``dynamic`` block makes.
    """
    reader = _Reader()
    total = 0
    for file, text in sorted(files.items()):
        total += len(text)
        if total > _MOST_FOLDER:
            reader.read.broken[file] = "was not read: the folder holds more Terraform than is looked at"
            continue
        try:
            reader.take(file, parsed(text))
        except Unreadable as error:
            reader.read.broken[file] = str(error)
    reader.settle()
    return reader.read


class _Reader:
    def __init__(self) -> None:
        self.read = Read()
        self._defaults: dict[str, Any] = {}
        self._given: dict[str, Any] = {}
        self._locals: dict[str, Any] = {}
        self._blocks: list[tuple[str, HclBlock]] = []
        self._values = 0

    def take(self, file: str, top: HclBlock) -> None:
        """Take a file's blocks; nothing is filled in before all files of the folder are here."""
        if file.endswith(".tfvars"):
            if file.endswith(_GIVEN):
                self._given.update((name, value) for name, (value, _) in top.attributes.items())
            return
        self.read.files.append(file)
        for block in top.blocks:
            if block.kind == "variable" and block.labels and "default" in block.attributes:
                self._defaults[block.labels[0]] = block.attributes["default"][0]
            elif block.kind == "locals":
                self._locals.update((name, value) for name, (value, _) in block.attributes.items())
            elif block.kind in _KEPT:
                self._blocks.append((file, block))

    def settle(self) -> None:
        """Make settings of all blocks."""
        for file, block in self._blocks:
            path = (block.kind, *block.labels)
            value = self._block(file, path, block)
            self._put(file, block.line, path[:-1], path[-1], value)

    def _block(self, file: str, path: tuple[str, ...], block: HclBlock) -> dict[str, Any]:
        filled: dict[str, Any] = {}
        for name, (raw, line) in block.attributes.items():
            filled[name] = self._value(raw, 0)
            self._put(file, line, path, name, filled[name], filled)
        for each in block.blocks:
            if each.kind == "dynamic" and each.labels:
                filled.setdefault(each.labels[0], []).append(Unknown((f"dynamic {each.labels[0]}",)))
                continue
            value = self._block(file, (*path, each.kind, *each.labels), each)
            self._put(file, each.line, path, each.kind, value, filled)
            known = filled.setdefault(each.kind, [])
            if isinstance(known, list):
                known.append(value)
        return filled

    def _put(  # noqa: PLR0917 - the members of a setting, in their order
        self, file: str, line: int, path: tuple[str, ...], name: str, value: Any, inside: Any = None
    ) -> None:
        if len(self.read.settings) < MOST_SETTINGS:
            self.read.settings.append(
                Setting(
                    tool="terraform",
                    file=file,
                    line=line,
                    path=path,
                    name=name,
                    value=value,
                    unresolved=unknowns(value),
                    inside=inside or {},
                )
            )

    def _value(self, raw: Any, depth: int) -> Any:
        """What an expression is, as the library writes it."""
        self._values += 1
        if depth > _DEEPEST or self._values > _MOST_VALUES:
            return Unknown(("too much",))
        if isinstance(raw, list):
            return [self._value(each, depth + 1) for each in raw]
        if isinstance(raw, dict):
            return {str(name).strip('"'): self._value(each, depth + 1) for name, each in raw.items()}
        if not isinstance(raw, str):
            return raw
        whole = _WHOLE.fullmatch(raw)
        if whole:
            return self._expression(whole[1].strip(), depth)
        quoted = len(raw) > 1 and raw[0] == raw[-1] == '"'
        return self._text(raw[1:-1], depth) if quoted else _plain(raw)

    def _text(self, text: str, depth: int) -> Any:
        if "${" not in text:
            return text
        missed: list[str] = []
        room = _MOST_TEXT

        def filled(found: re.Match[str]) -> str:
            nonlocal room
            value = self._expression(found[1].strip(), depth) if room > 0 else Unknown(("too long",))
            if isinstance(value, Unknown | list | dict):
                missed.extend(unknowns(value) or (found[1],))
                return ""
            room -= len(str(value))
            return str(value) if room > 0 else ""

        made = _WHOLE.sub(filled, text)
        return Unknown(tuple(dict.fromkeys(missed)), text) if missed or room <= 0 or "${" in made else made

    def _expression(self, text: str, depth: int) -> Any:
        found = _REFERENCE.fullmatch(text)
        if found:
            for known in (self._given, self._defaults) if found[1] == "var" else (self._locals,):
                if found[2] in known:
                    return self._value(known[found[2]], depth + 1)
            return Unknown((text,), text)
        if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
            return self._text(text[1:-1], depth + 1)
        value = _plain(text)
        return Unknown(tuple(_NAMES.findall(text)) or (text[:60],), text) if isinstance(value, str) else value


def _plain(text: str) -> Any:
    if text in {"true", "false"}:
        return text == "true"
    if text == "null":
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DEEPEST * 2 else text
