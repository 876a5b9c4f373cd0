"""The document as evidence: what it says of itself, with what its reader and the live API had to correct."""

from __future__ import annotations

from collections.abc import Iterable

from ostiary.evidence import Spec
from ostiary.model import Api


def spec_of(api: Api | None, notes: Iterable[str] = ()) -> Spec | None:
    """Evidence of a document, or None when nobody wrote one: what was inferred from traffic is not the API's own word."""
    return None if api is None or api.inferred else Spec(api=api, notes=(*api.notes, *notes))
