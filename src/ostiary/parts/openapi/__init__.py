"""An API document of any dialect becomes operations with JSON Schema 2020-12, or one error that says where."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ostiary.model import Api
from ostiary.parts.openapi.operations import read_api
from ostiary.parts.openapi.shelf import Shelf, parse, read_file

__all__ = ["from_plain", "from_text", "read"]


def read(path: str) -> Api:
    """Read a document from a file, JSON or YAML; references to files beside it are followed.

    :raises ConfigError: with file, JSON pointer, problem and hint of the first mistake.
    """
    return read_api(Shelf(path, read_file(Path(path), path), folder=Path(path).parent))


def from_text(data: bytes, *, source: str) -> Api:
    """Read a document that came over the network; references that leave it are refused.

    :param source: its URL; relative server URLs are resolved against it.
    :raises ConfigError: as `read`.
    """
    return read_api(Shelf(source, parse(data, source)))


def from_plain(document: Mapping[str, Any], *, source: str) -> Api:
    """Read a parsed document, one that a framework made for instance; references that leave it are refused.

    :param source: what messages call it.
    :raises ConfigError: as `read`.
    """
    return read_api(Shelf(source, document))
