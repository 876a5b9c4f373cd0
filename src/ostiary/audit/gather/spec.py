"""The document as evidence: what it says of itself, with what its reader and the live API had to correct."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ostiary.evidence import Spec
from ostiary.model import Api
from ostiary.parts.openapi.recorded import FOUND


def spec_of(api: Api | None, notes: Iterable[str] = ()) -> Spec | None:
    """Evidence of a document, or None when nobody wrote one: what was inferred from traffic is not the API's own word."""
    if api is None or api.inferred:
        return None
    own = tuple(each for each in api.operations if FOUND not in each.extensions)
    return Spec(api=replace(api, operations=own), notes=(*api.notes, *notes))
