"""What every reader of configuration takes and gives: text in, settings with their places out, nothing opened or run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.evidence.deployment import Setting

MOST_TEXT: Final = 1_000_000  # characters of one file
MOST_SETTINGS: Final = 50_000  # of one file
MOST_DEPTH: Final = 40  # of sections in sections, and of files that include files

Include = Callable[[str, str], Sequence[tuple[str, str]] | None]
"""Given the file that asks and the name or pattern it asks for: paths and texts; None where that cannot be known here."""


class Unreadable(ValueError):  # noqa: N818 - a fault of the text, not of the program
    """The text is not what its name says, or more than any such file needs. Never holds the text."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Stands in settings for a value that rests on something nobody here gives: a variable, another resource, a condition.

    ``text`` is the expression as written.
    """

    names: tuple[str, ...]
    text: str = ""

    @property
    def demanded(self) -> bool:
        """Whether an empty value is refused where it is used: ``${NAME:?why}`` of a shell."""
        return ":?" in self.text


def unknowns(value: Any, most: int = 8) -> tuple[str, ...]:
    """The names of everything that a value of plain data rests on, at most so many."""
    found: dict[str, None] = {}
    waiting = [value]
    while waiting and len(found) < most:
        each = waiting.pop()
        if isinstance(each, Unknown):
            found.update(dict.fromkeys(each.names))
        elif isinstance(each, Mapping):
            waiting += each.values()
        elif isinstance(each, list | tuple):
            waiting += each
    return tuple(found)


def nothing(asking: str, pattern: str) -> None:
    """The `Include` of a reader that has one file alone."""


@dataclass(slots=True)
class Read:
    """What came of one file (and of those it includes)."""

    settings: list[Setting] = field(default_factory=list)
    files: list[str] = field(default_factory=list)  # also included ones
    missing: list[str] = field(default_factory=list)  # what it includes and nobody here could read
    broken: dict[str, str] = field(default_factory=dict)  # of several files, those that could not be read, and why
    roots: list[Block] = field(default_factory=list)  # of tools whose sections inherit


class Block(Mapping[str, Any]):
    """A section of a server's configuration, as `Setting.inside`: name -> the values of that directive in it, in order.

    :param label: as in `Setting.path` ("server", "location /api").
    :param parent: the section around it; None for the file itself.
    """

    __slots__ = ("args", "blocks", "file", "kind", "label", "line", "open_end", "parent", "settings")

    def __init__(
        self, kind: str, args: tuple[str, ...] = (), *, file: str = "", line: int = 0, parent: Block | None = None
    ) -> None:
        self.kind = kind
        self.args = args
        self.label = " ".join((kind, *args))
        self.file = file
        self.line = line
        self.parent = parent
        self.settings: list[Setting] = []
        self.blocks: list[Block] = []
        self.open_end = False  # something that it includes could not be read
        if parent is not None:
            parent.blocks.append(self)

    def __getitem__(self, name: str) -> list[Any]:
        found = [each.value for each in self.settings if each.name == name]
        if not found:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(each.name for each in self.settings))

    def __len__(self) -> int:
        return len({each.name for each in self.settings})

    @property
    def path(self) -> tuple[str, ...]:
        """Labels from the outermost section to this one; the file itself has none."""
        found: list[str] = []
        block: Block | None = self
        while block is not None and block.kind:
            found.append(block.label)
            block = block.parent
        return tuple(reversed(found))

    @property
    def place(self) -> str:
        """Where it begins."""
        return f"{self.file}:{self.line}"

    def own(self, *names: str) -> list[Setting]:
        """Directives with one of these names that stand in it itself."""
        return [each for each in self.settings if each.name in names]

    def effective(self, name: str) -> list[Setting]:
        """The directives of that name that hold here: its own, or those of the nearest section around it that has any."""
        block: Block | None = self
        while block is not None:
            found = block.own(name)
            if found:
                return found
            block = block.parent
        return []

    def walk(self) -> Iterator[Block]:
        """It and all sections in it, in order."""
        waiting = [self]
        while waiting:
            block = waiting.pop()
            yield block
            waiting.extend(reversed(block.blocks))

    @property
    def uncertain(self) -> bool:
        """Whether a directive that is missed here may stand in a file that could not be read."""
        block: Block | None = self
        while block is not None:
            if block.open_end:
                return True
            block = block.parent
        return False
