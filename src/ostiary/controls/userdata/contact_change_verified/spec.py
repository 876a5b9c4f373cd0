"""A document in which addresses change has an operation that proves them."""

from __future__ import annotations

from typing import Final

from ostiary.controls.userdata.contact_change_verified.live import changes
from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, passed, unknown
from ostiary.parts.role_words import words

_PROOF: Final = frozenset({"confirm", "confirmation", "verify", "verification", "validate"})
_CONTACT: Final = frozenset({"email", "mail", "phone", "contact", "address", "mobile", "number", "change"})


async def audit_spec(spec: Spec) -> Finding:
    """Look for changes of e-mail or phone, and for an operation that confirms one; what holds, a live check shows."""
    found = changes(spec.api.operations)
    if not found:
        return not_applicable("no operation changes somebody's e-mail address or number")
    for each in spec.api.operations:
        said = {*words(each.path), *words(each.id)}
        if said & _PROOF and said & _CONTACT:
            return passed(f"{each.key} proves a new address", spec.at(each.pointer, "an operation that proves it"))
    operation, contact = found[0]
    return unknown(
        f"{operation.key} takes {contact.path[-1]!r}, and no operation proves it",
        spec.at(operation.pointer, "a change of address"),
    )
