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
