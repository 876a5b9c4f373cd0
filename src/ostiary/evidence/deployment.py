"""What configuration says about servers, containers, databases and clouds, in words that are the same for every tool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Setting:
    """One directive or attribute where it stands.

    ``path`` leads to it: ``("http", "server", "location /")`` in nginx, ``("services", "db", "environment")`` in compose,
    ``("resource", "aws_s3_bucket", "logs")`` in Terraform. ``value`` is plain data; ``unresolved`` names the variables that it
    rests on and nobody here gives a value (then nothing may be concluded from it).
    """

    tool: str  # "nginx", "apache", "compose", "dockerfile", "kubernetes", "terraform", "cloudformation", "env"
    file: str
    line: int
    path: tuple[str, ...]
    name: str
    value: Any = None
    unresolved: tuple[str, ...] = ()
    inside: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))  # all of the enclosing block

    @property
    def place(self) -> str:
        """``deploy/nginx.conf:12``."""
        return f"{self.file}:{self.line}"


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


class Deployment(Protocol):
    """All configuration that was found and read; its owner adds verbs for what several checks ask."""

    @property
    def tools(self) -> Mapping[str, Sequence[str]]:
        """The files of each tool."""
        ...

    @property
    def broken(self) -> Mapping[str, str]:
        """Files that could not be read, and why."""
        ...

    def settings(self, tool: str, *names: str) -> Iterator[Setting]:
        """Directives and attributes of a tool with one of these names (none: all), in order."""
        ...

    def roots(self, tool: str) -> Sequence[Block]:
        """The outermost sections of a server's configuration ("nginx", "apache", "haproxy"), one for each file that nobody includes."""
        ...

    @property
    def missing(self) -> Mapping[str, Sequence[str]]:
        """For a file what it includes and nobody here could read: then nothing follows from what is absent."""
        ...

    @property
    def present(self) -> Mapping[str, Sequence[str]]:
        """Files of tools of which no more is known than that they are there ("ansible", "fly"), or that were left out."""
        ...
