"""An API document of any dialect becomes operations with JSON Schema 2020-12, or one error that says where."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ostiary.model import Api
from ostiary.parts.openapi import har, introspection, postman
from ostiary.parts.openapi.operations import read_api
from ostiary.parts.openapi.recorded import Recording, document_of
from ostiary.parts.openapi.shelf import Shelf, parse, read_file

__all__ = ["from_introspection", "from_plain", "from_recording", "from_text", "read"]


def read(path: str, *, forgiving: bool = False) -> Api:
    """Read a document from a file: OpenAPI or Swagger in JSON or YAML, with references to files beside it followed; a
    Postman collection; a HAR recording; the answer to a GraphQL introspection query. Its content says which it is.

    :raises ConfigError: with file, JSON pointer, problem and hint of the first mistake.
    """
    document = read_file(Path(path), path)
    return _foreign(document, path) or read_api(Shelf(path, document, folder=Path(path).parent), forgiving=forgiving)


def from_text(data: bytes, *, source: str, forgiving: bool = False) -> Api:
    """Read a document that came over the network; references that leave it are refused.

    :param source: its URL; relative server URLs are resolved against it.
    :raises ConfigError: as `read`.
    """
    return from_plain(parse(data, source), source=source, forgiving=forgiving)


def from_plain(document: Mapping[str, Any], *, source: str, forgiving: bool = False) -> Api:
    """Read a parsed document, one that a framework made for instance; references that leave it are refused.

    :param source: what messages call it.
    :raises ConfigError: as `read`.
    """
    return _foreign(document, source) or read_api(Shelf(source, document), forgiving=forgiving)


def from_recording(recording: Recording, *, source: str, dialect: str) -> Api:
    """Make an `Api` of requests that were seen; it says so by its dialect.

    :param source: what messages call it.
    """
    return _called(read_api(Shelf(source, document_of(recording))), dialect, recording.notes)


def _foreign(document: Mapping[str, Any], source: str) -> Api | None:
    """What a document of another kind says, or None: then it is OpenAPI, or nothing."""
    for kind in (postman, har):
        if kind.is_one(document):
            return from_recording(kind.read(document, source), source=source, dialect=kind.DIALECT)
    return from_introspection(document, source=source) if introspection.is_one(document) else None


def from_introspection(answer: Mapping[str, Any] | None, *, source: str, path: str = "/graphql") -> Api:
    """Make an `Api` of a GraphQL endpoint; its operation keeps what the schema offers as ``x-graphql``.

    :param answer: to an introspection query; None where the endpoint gives none.
    """
    return _called(read_api(Shelf(source, introspection.document_of(answer, path=path))), introspection.DIALECT, [])


def _called(api: Api, dialect: str, notes: list[str]) -> Api:
    return dataclasses.replace(api, dialect=dialect, notes=(*api.notes, *notes))
