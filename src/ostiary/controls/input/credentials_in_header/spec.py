"""A document puts credentials into URLs by its schemes and by its parameters."""

from __future__ import annotations

import re

from ostiary.evidence import Spec
from ostiary.model import (
    Evidence,
    Finding,
    Place,
    failed,
    passed,
    unknown,
)

SECRET_NAME = re.compile(
    r"(?:access|auth|id|refresh|session|api)[-_]?token|token|jwt|(?:x[-_])?api[-_]?key|(?:client[-_]?)?secret|"
    r"pass(?:word|wd|phrase)|pwd|authorization|ssn|card[-_]?number|cvv|cvc",
    re.IGNORECASE,
)


async def audit_spec(spec: Spec) -> Finding:
    """Look for credentials that the document itself puts into URLs."""
    faults = [
        Evidence(what=f"the security scheme {name} sends its key in the {scheme.get('in')}", where=spec.api.source)
        for name, scheme in spec.api.security_schemes.items()
        if scheme.get("type") == "apiKey" and scheme.get("in") in {"query", "path"}
    ]
    for operation in spec.api.operations:
        for each in operation.parameters:
            if each.place not in {Place.QUERY, Place.PATH}:
                continue
            fragment = each.schema.fragment if each.schema is not None else {}
            secret = not isinstance(fragment, bool) and "password" in {fragment.get("format"), fragment.get("x-format")}
            if secret or SECRET_NAME.fullmatch(each.name):
                faults.append(spec.at(operation.pointer, f"{operation.key} takes {each.name} in the {each.place}"))
    if faults:
        return failed(f"{faults[0].what} ({len(faults)} such places)", *faults[:5])
    if not spec.api.operations:
        return unknown("the document declares no operation")
    return passed("no parameter or scheme of the document puts a credential into a URL")
