"""An operation that signs in says that there can be too many tries."""

from __future__ import annotations

from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, passed, unknown


async def audit_spec(spec: Spec) -> Finding:
    """Look for 429 among the declared replies of operations that sign in; that it happens, only a live check shows."""
    logins = [each for each in spec.api.operations if each.role == "login"]
    if not logins:
        return not_applicable("the document has no operation that signs in")
    told = [each for each in logins if {"429", "4XX"} & {code.upper() for code in each.replies}]
    if len(told) < len(logins):
        silent = next(each for each in logins if each not in told)
        return unknown(f"{silent.key} does not say that there can be too many tries", spec.at(silent.pointer, "no 429"))
    return passed(
        f"429 is documented where somebody signs in ({len(told)} operations)", spec.at(told[0].pointer, "429")
    )
