"""What an app's resource table says, by name: texts, switches, numbers, files; references are followed, a few steps far."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

MOST_STEPS: Final = 8  # from one reference to the next
_NUMBERED: Final = re.compile(r"@0x([0-9a-f]{8})")
_NAMED: Final = re.compile(r"@\+?(?:[\w.]+:)?(\w+)/([\w.]+)")


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """One resource; its values for all languages, densities and versions, the default's first, each once."""

    type: str  # "string", "bool", "xml", "array", ...
    name: str
    values: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Resources:
    """A table; ``broken`` says why a part of it could not be read."""

    by_number: dict[int, Resource] = field(default_factory=dict)
    by_name: dict[tuple[str, str], Resource] = field(default_factory=dict)
    broken: str = ""

    def add(self, resource: Resource, number: int = 0) -> None:
        """Put a resource in, or its values to those that there are."""
        known = self.by_name.get((resource.type, resource.name))
        if known is not None:
            resource = Resource(known.type, known.name, tuple(dict.fromkeys((*known.values, *resource.values))))
        self.by_name[resource.type, resource.name] = resource
        if number:
            self.by_number[number] = resource

    def meant(self, text: str) -> str:
        """What a text stands for: itself, or where it is a reference to a resource that is known, its default value."""
        for _ in range(MOST_STEPS):
            found = self.of(text)
            if found is None or not found.values:
                return text
            text = found.values[0]
        return text

    def all_meant(self, text: str) -> tuple[str, ...]:
        """The same with every value that it may have."""
        found = self.of(text)
        return tuple(self.meant(each) for each in found.values) if found is not None and found.values else (text,)

    def of(self, reference: str) -> Resource | None:
        """The resource that a reference names (``@0x7f040001``, ``@string/app_name``), or None."""
        if not reference.startswith("@"):
            return None
        if number := _NUMBERED.fullmatch(reference):
            return self.by_number.get(int(number[1], 16))
        if name := _NAMED.fullmatch(reference):
            return self.by_name.get((name[1], name[2]))
        return None

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.by_name.values())
