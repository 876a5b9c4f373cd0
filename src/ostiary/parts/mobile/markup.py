"""Android's XML is one kind of element, whether it was text, binary or a protocol buffer: prefixed names, values as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from xml.parsers import expat  # document types are refused in parse()

from ostiary.parts.mobile.cutting import Malformed

ANDROID: Final = "http://schemas.android.com/apk/res/android"
PREFIXES: Final[Mapping[str, str]] = {
    ANDROID: "android:",
    "http://schemas.android.com/tools": "tools:",
    "http://schemas.android.com/apk/res-auto": "app:",
}
MOST_ELEMENTS: Final = 100_000
MOST_DEPTH: Final = 200
_EMPTY: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(slots=True, kw_only=True, eq=False)
class Element:
    """An element; attributes of Android's namespace are called ``android:name``, those of no namespace by their name.

    Values are texts as a person would write them: ``true``, ``21``, ``@0x7f040001`` (a reference that is not resolved).
    ``line`` is where it stands in its source, 0 where nothing tells.
    """

    tag: str
    attributes: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    children: list[Element] = field(default_factory=list)
    text: str = ""
    line: int = 0

    def get(self, name: str, default: str = "") -> str:
        """An attribute's value."""
        return self.attributes.get(name, default)

    def all(self, *tags: str) -> Iterator[Element]:
        """Its children with one of these tags."""
        return (each for each in self.children if each.tag in tags)

    def walk(self) -> Iterator[Element]:
        """Itself and everything in it, in the order of the document."""
        stack = [self]
        while stack:
            element = stack.pop()
            yield element
            stack += reversed(element.children)


class Building:
    """Puts elements together while they are read, bounded in number and depth."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def start(self, element: Element) -> None:
        """An element begins.

        :raises Malformed: when there are too many, or a second root.
        """
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) >= MOST_DEPTH:
            raise Malformed("nests too deep or holds too many elements")
        if self._open:
            self._open[-1].children.append(element)
        elif self.root is None:
            self.root = element
        else:
            raise Malformed("has more than one root")
        self._open.append(element)

    def text(self, text: str) -> None:
        """Text inside of the element that is open."""
        if self._open:
            self._open[-1].text += text

    def end(self) -> None:
        """The innermost element ends."""
        if self._open:
            self._open.pop()

    def result(self) -> Element:
        """The root.

        :raises Malformed: when there is none.
        """
        if self.root is None:
            raise Malformed("holds no element")
        return self.root


def prefixed(uri: str, name: str) -> str:
    """How an attribute of a namespace is called."""
    return PREFIXES.get(uri, f"{{{uri}}}" if uri else "") + name


def parse(data: bytes) -> Element:
    """XML as people write it, with the lines of its elements; document types and entities are refused.

    :raises Malformed: when it is none, or is too much.
    """
    building = Building()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.buffer_size = 65_536

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        named = {prefixed(*_split(name)): value for name, value in attributes.items()}
        building.start(Element(tag=_split(tag)[1], attributes=named, line=parser.CurrentLineNumber))

    def refuse(*_: Any) -> None:
        raise Malformed("has a document type")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: building.end()
    parser.CharacterDataHandler = building.text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Malformed(f"is not well-formed XML: {type(error).__name__}") from error
    return building.result()


def _split(name: str) -> tuple[str, str]:
    uri, _, local = name.rpartition(" ")
    return uri, local
