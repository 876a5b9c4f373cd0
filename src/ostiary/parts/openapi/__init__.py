"""An API document of any dialect becomes operations with JSON Schema 2020-12."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ostiary.model import Api, Operation


def read(path: str) -> Api:
    """Read a document from a file."""
    raise NotImplementedError(path)


def from_plain(document: Mapping[str, Any], *, source: str) -> Api:
    """Turn a parsed document into an `Api`."""
    operations = tuple(
        Operation(method=method.upper(), path=path)
        for path, item in document["paths"].items()
        for method in item
        if method in {"get", "put", "post", "delete", "patch", "head", "options", "trace"}
    )
    return Api(operations=operations, source=source, document=document)
