"""Operations that try a secret, or send one, say that there can be too many tries."""

from __future__ import annotations

from typing import Final

from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, passed, unknown

_ROLES: Final = frozenset({"login", "otp-verify", "otp-send", "reset"})


async def audit_spec(spec: Spec) -> Finding:
    """Look for 429 among their declared replies; that it happens, only a live check shows."""
    found = [each for each in spec.api.operations if each.role in _ROLES]
    if not found:
        return not_applicable("the document has no operation that signs in, tries a code or sends one")
    told = [each for each in found if {"429", "4XX"} & {code.upper() for code in each.replies}]
    if len(told) < len(found):
        silent = [each for each in found if each not in told]
        shown = [spec.at(each.pointer, f"{each.key} documents no 429") for each in silent]
        return unknown(
            f"{len(silent)} of {len(found)} such operations do not say that there can be too many tries", *shown[:5]
        )
    return passed(f"429 is documented on all {len(told)} of them", spec.at(told[0].pointer, "429"))
