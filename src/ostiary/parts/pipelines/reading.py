"""What every reader of pipelines shares: files of the tree by name, and scripts that become steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from ostiary.evidence.pipeline import Step
from ostiary.parts.pipelines.following import followed, joined
from ostiary.parts.pipelines.shell import commands
from ostiary.parts.yaml_places import Node, documents
from ostiary.parts.yaml_text import YamlFault

MOST_STEPS: Final = 5_000  # of one pipeline
_LONGEST: Final = 4_000  # characters of one input that are kept
_SCRIPTS: Final = frozenset({"script", "run", "command", "runcmd", "cmd", "inlinescript", "commands"})
_NO_SHELL: Final = frozenset({"actions/github-script", "azure/powershell", "snyk/actions"})
NEVER: Final = re.compile(r"\s*(?:\$\{\{)?\s*(?:false|0|'false'|\"false\")\s*(?:&&.*)?(?:\}\})?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Files:
    """The tree as readers see it: a file's text by its path, None where there is none, and all paths."""

    read: Callable[[str], str | None]
    paths: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What holds for the steps that are being read: where they stand and under which conditions they run."""

    file: str
    files: Files
    job: str = ""
    stage: str = ""
    image: str = ""
    folder: str = ""
    may_fail: bool = False
    condition: str = ""
    via: str = ""
    depth: int = 0
    elsewhere: list[str] = field(default_factory=list)  # shared by all frames of a pipeline

    def within(self, **changes: Any) -> Frame:
        """The same with changes; conditions and tolerance add up."""
        condition = " && ".join(each for each in (self.condition, changes.pop("condition", "")) if each)
        may_fail = bool(changes.pop("may_fail", False)) or self.may_fail
        return replace(self, condition=condition, may_fail=may_fail, **changes)

    def step(self, line: int, **more: Any) -> Step:
        """A step that stands at a line of this file."""
        return Step(
            file=self.file,
            line=line,
            job=self.job,
            stage=self.stage,
            image=self.image,
            may_fail=self.may_fail,
            condition=self.condition,
            via=self.via,
            **more,
        )

    def uses(self, name: str, line: int, inputs: Mapping[str, Any] | None = None) -> Iterator[Step]:
        """An action with its inputs, and what scripts among them run."""
        given = {
            key: str(value)[:_LONGEST] for key, value in (inputs or {}).items() if not isinstance(value, (dict, list))
        }
        yield self.step(line, uses=name, inputs=MappingProxyType(given))
        if not name.lower().startswith(tuple(_NO_SHELL)):
            for key, value in given.items():
                if key.lower().replace("_", "").replace("-", "") in _SCRIPTS:
                    yield from self.script(value, line)
        if name.startswith("pre-commit/action"):
            yield from self.script(f"pre-commit run {given.get('extra_args', '')}", line)
        if name.startswith(
            ("gradle/gradle-build-action", "gradle/actions/setup-gradle", "burrunan/gradle-cache-action")
        ):
            yield from self.script(f"gradle {given['arguments']}" if given.get("arguments") else "", line)

    def script(self, text: str, line: int, *, folder: str | None = None) -> Iterator[Step]:
        """What a script runs; targets of make, npm and the like are followed, their steps keep where they were called."""
        for at, ran in enumerate(_each(text, line, self, folder)):
            if at > MOST_STEPS:
                return
            yield ran


def _each(text: str, line: int, frame: Frame, folder: str | None) -> Iterator[Step]:
    where = frame.folder if folder is None else folder
    for command in commands(text, line):
        if command.argv[0] in {"cd", "pushd"} and len(command.argv) > 1:
            where = joined(where, command.argv[1]) if "$" not in command.argv[1] else where
            continue
        for ran in followed([command], frame.file, frame.files.read, folder=where):
            words = ran.command.argv
            own = ran.file == frame.file
            at = replace(frame, file=ran.file, via=frame.via if own else frame.via or f"{frame.file}:{command.line}")
            at = replace(at, may_fail=frame.may_fail or ran.command.may_fail)
            if words[0].startswith("hook:"):
                yield at.step(ran.command.line, uses=words[0], inputs=MappingProxyType({"args": " ".join(words[1:])}))
            else:
                yield at.step(ran.command.line, argv=words)


def first_line(node: Node, text: str) -> int:
    """The line on which the text of a scalar begins: below the ``|`` or ``>`` of a block."""
    lines = text.split("\n")
    written = lines[node.line - 1] if 0 < node.line <= len(lines) else ""
    return node.line + 1 if re.search(r"[|>][+\-0-9]*\s*(?:#.*)?$", written) else node.line


def parsed(text: str, *, tagged: Callable[[str, Any], Any] | None = None) -> tuple[Node | None, str]:
    """The first document of a file that is a mapping, or why there is none."""
    try:
        found = documents(text, tagged=tagged)
    except YamlFault as error:
        return None, str(error)
    node = next((each for each in found if each.members), None)
    return node, "" if node is not None else "it holds no mapping"


def words(node: Node | None) -> tuple[str, ...]:
    """A text, or every text of a list, also of lists in it."""
    if node is None:
        return ()
    if node.items:
        return tuple(each for item in node.items for each in words(item))
    return (str(node.data),) if isinstance(node.data, (str, int, float)) and not isinstance(node.data, bool) else ()


def told(node: Node | None, key: str) -> str:
    """A member as text, empty where there is none; true and false as YAML writes them."""
    found = node.members.get(key) if node is not None else None
    if found is None or found.members or found.items or found.data is None:
        return ""
    return str(found.data).lower() if isinstance(found.data, bool) else str(found.data)
