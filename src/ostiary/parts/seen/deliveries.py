"""Webhooks in a document: who receives them, and in which header field the signature stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ostiary.model import Operation, Place

_SIGNATURE: Final = re.compile(r"signature|hmac", re.IGNORECASE)
_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})


def is_signature(name: str) -> bool:
    """Whether a header field is a signature by its name (``webhook-signature``, ``X-Hub-Signature-256``, ``Stripe-Signature``)."""
    return _SIGNATURE.search(name) is not None


def signature_of(operation: Operation) -> str:
    """The signature header that an operation declares, or an empty string."""
    if operation.method not in _METHODS:
        return ""
    return next(
        (each.name for each in operation.parameters if each.place is Place.HEADER and is_signature(each.name)), ""
    )


def signs(operation: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    """Whether an outgoing webhook or callback, as written, declares a signature header or security.

    :param parameters: those of the document's components, for references.
    """
    if operation.get("security"):
        return True
    for each in operation.get("parameters", ()):
        found = parameters.get(str(each.get("$ref", "")).rpartition("/")[2], each) if isinstance(each, Mapping) else {}
        if isinstance(found, Mapping) and found.get("in") == "header" and is_signature(str(found.get("name", ""))):
            return True
    return False
