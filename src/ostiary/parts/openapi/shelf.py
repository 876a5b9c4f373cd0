"""Documents and the references between them: every place has a file and a JSON pointer, every error names both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn
from urllib.parse import unquote, urlsplit

from ostiary.errors import ConfigError
from ostiary.parts.yaml_text import YamlFault, load_document
from ostiary.strict import DecodeError, loads

MOST_BYTES: Final = 128 * 1024 * 1024  # of one document; GitHub's own is 13 MB
_MOST_HOPS: Final = 64
_JSON: Final = re.compile(rb'\s*(?:\{\s*"|\[)')
_BYTE_OF: Final = re.compile(r"\(byte (\d+)\)")


class At(NamedTuple):
    """A place: `file` as messages call it, `pointer` by RFC 6901 (empty: the whole document)."""

    file: str
    pointer: str

    def __truediv__(self, token: object) -> At:
        return At(self.file, f"{self.pointer}/{escape(str(token))}")

    def __str__(self) -> str:
        return f"{self.file}#{self.pointer or '/'}"


class Found(NamedTuple):
    """A value and where it stands."""

    value: Any
    at: At


def escape(token: str) -> str:
    """One reference token of a JSON pointer (RFC 6901 section 3)."""
    return token.replace("~", "~0").replace("/", "~1") if "~" in token or "/" in token else token


def wrong(at: At | str, problem: str, hint: str = "") -> NoReturn:
    """Refuse the document.

    :raises ConfigError: always.
    """
    raise ConfigError(str(at), problem, hint)


def parse(data: bytes, name: str) -> Mapping[str, Any]:
    """Read JSON or YAML text whose root is a mapping.

    :raises ConfigError: with line and column when it is neither, or is something else.
    """
    if len(data) > MOST_BYTES:
        wrong(name, f"is larger than {MOST_BYTES >> 20} MiB")
    text = data.removeprefix(b"\xef\xbb\xbf")
    value: Any
    try:
        value = loads(text) if text.lstrip()[:1] in {b"{", b"["} else load_document(text)
    except (DecodeError, RecursionError, UnicodeDecodeError) as error:
        value = None if _JSON.match(text) else _flow_yaml(text)
        if value is None:
            wrong(name, _json_problem(text, error), "give a JSON or YAML document")
    except YamlFault as error:
        wrong(f"{name}:{error.line}:{error.column}" if error.line else name, error.problem, "")
    if not isinstance(value, Mapping):
        wrong(At(name, ""), f"is {kind_of(value)}, not an API description", "its root must be a mapping")
    return value


def read_file(path: Path, name: str) -> Mapping[str, Any]:
    """Read and parse one file.

    :raises ConfigError: when it cannot be read, and as `parse`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        wrong(name, f"cannot be read: {reason}", "give the path of an OpenAPI document")
    return parse(data, name)


def kind_of(value: object) -> str:
    """What JSON calls a value, for messages."""
    if value is None:
        return "null"
    names = ((bool, "a boolean"), (str, "text"), (int, "a number"), (float, "a number"), (Mapping, "a mapping"))
    return next((name for kind, name in names if isinstance(value, kind)), "a list")


class Shelf:
    """The documents in reach, the first being the one asked for."""

    def __init__(self, name: str, root: Mapping[str, Any], *, folder: Path | None = None) -> None:
        """Take the document; with a `folder`, references to files relative to it are read."""
        self.name = name
        self.root = root
        self._folder = folder
        self._files: dict[str, Any] = {name: root}
        self._found: dict[tuple[str, str], Found] = {}
        self._anchors: dict[str, dict[str, At]] = {}

    def find(self, reference: str, at: At) -> Found:
        """What a ``$ref`` standing at a place points to.

        :raises ConfigError: when there is nothing, or when it leaves the documents in reach.
        """
        found = self._found.get((at.file, reference))
        if found is None:
            found = self._found[at.file, reference] = self._find(reference, at)
        return found

    def follow(self, value: Any, at: At) -> Found:
        """Follow ``$ref`` after ``$ref`` until something else is found.

        :raises ConfigError: as `find`, and for references in a circle.
        """
        start = at
        for _ in range(_MOST_HOPS):
            if not (isinstance(value, Mapping) and isinstance(value.get("$ref"), str)):
                return Found(value, at)
            value, at = self.find(value["$ref"], at)
        wrong(start, "the reference leads back to itself", "let one of them hold the definition")

    def _find(self, reference: str, at: At) -> Found:
        address, _, fragment = reference.partition("#")
        place = self._document(address, reference, at) if address else At(at.file, "")
        fragment = place.pointer + unquote(fragment) if fragment[:1] in {"", "/"} else unquote(fragment)
        if fragment and not fragment.startswith("/"):
            known = self._anchors_of(place.file).get(fragment)
            if known is None:
                wrong(at / "$ref", f"{reference!r} points to nothing", "write the reference as #/a/path")
            place = known
            fragment = known.pointer
        value = self._files[place.file]
        place = At(place.file, "")
        for token in fragment.split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            if isinstance(value, Mapping) and key not in value and "$ref" in value:
                value, place = self.follow(value, place)
            if isinstance(value, Mapping) and (key in value or (key.isdigit() and int(key) in value)):
                value = value[key] if key in value else value[int(key)]
            elif isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
                value = value[int(key)]
            else:
                wrong(
                    at / "$ref", f"{reference!r} points to nothing", f"{At(place.file, place.pointer)} has no {key!r}"
                )
            place = place / key
        return Found(value, place)

    def _document(self, address: str, reference: str, at: At) -> At:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or self._folder is None:
            own = self._anchors_of(at.file).get(f"$id {address}")
            if own is not None:
                return own
            hint = "bundle the document into one file first, `redocly bundle` does that"
            wrong(at / "$ref", f"{reference!r} leaves the document", hint)
        folder = Path(at.file).parent if at.file != self.name else self._folder
        path = folder / unquote(parts.path)
        name = str(path)
        if name not in self._files:
            if path.resolve() == Path(self.name).resolve():
                return At(self.name, "")
            try:
                self._files[name] = read_file(path, name)
            except ConfigError as error:
                wrong(at / "$ref", f"{reference!r} cannot be followed: {error}")
        return At(name, "")

    def _anchors_of(self, file: str) -> dict[str, At]:
        """Places named by ``$anchor``, ``$dynamicAnchor`` and ``$id``; looked for only when a reference needs one."""
        known = self._anchors.get(file)
        if known is None:
            known = self._anchors[file] = {}
            queue: list[Found] = [Found(self._files[file], At(file, ""))]
            for value, at in queue:
                if isinstance(value, Mapping):
                    for key in ("$anchor", "$dynamicAnchor"):
                        if isinstance(value.get(key), str):
                            known.setdefault(value[key], at)
                    for key in ("$id", "$self"):
                        if isinstance(value.get(key), str):
                            known.setdefault(f"$id {value[key]}", at)
                    queue += [Found(each, at / key) for key, each in value.items() if isinstance(each, (Mapping, list))]
                elif isinstance(value, list):
                    queue += [Found(each, at / n) for n, each in enumerate(value) if isinstance(each, (Mapping, list))]
        return known


def _flow_yaml(text: bytes) -> Any:
    """Flow mappings of YAML look like JSON at first."""
    try:
        return load_document(text)
    except YamlFault:
        return None


def _json_problem(text: bytes, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nests too deep"
    match = _BYTE_OF.search(str(error))
    if match is None:
        return "is not JSON: it ends too early" if "truncated" in str(error) else "is not JSON"
    before = text[: int(match[1])]
    return f"is not JSON at line {before.count(bytes([10])) + 1}, column {len(before) - before.rfind(bytes([10]))}"
