"""Every operation of a document asks for credentials, or says that it is public."""

from __future__ import annotations

import re

from ostiary.evidence import Spec
from ostiary.model import Finding, Operation, Severity, failed, passed, unknown
from ostiary.parts.roles import recognised

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# Who signs in, signs up or comes back after a loss is nobody yet; a hook's caller signs what it sends.
BEFORE = re.compile(
    r"log-?in|sign-?in|sign-?up|sign-?on|regist|token|session|auth|oauth|passw|forgot|recover|reset|verif|confirm|activat|otp|"
    r"code|captcha|web-?hook|hook|callback|notif|graphql|newsletter|contact|feedback|subscri|health|search|query|users?/?$|accounts?/?$",
    re.IGNORECASE,
)


async def audit_spec(spec: Spec) -> Finding:
    """Look for operations that change something and about whose callers the document says nothing, or "if you like"."""
    listed = [each for each in spec.api.operations if each.declared]
    if not spec.api.security_schemes:
        return unknown("the document declares no way to say who calls")
    closed = [each for each in listed if each.security and all(each.security)]
    if not closed:
        return unknown("no operation asks for credentials, as the document has it")
    open_writes = [
        each
        for each in listed
        if each.method in _WRITES and not recognised(each) and _is_open(each) and not BEFORE.search(_named(each))
    ]
    if open_writes:
        shown = [spec.at(each.pointer, f"{each.key}: the document asks for no credentials") for each in open_writes[:5]]
        why = (
            f"the document asks for no credentials at {len(open_writes)} operations that change something, "
            "and does not declare them public"
        )
        return failed(why, *shown, severity=Severity.MEDIUM)
    return passed(f"{len(closed)} of {len(listed)} operations ask for credentials, and no change is open by omission")


def _is_open(operation: Operation) -> bool:
    """Not `security: []`, which somebody wrote down: nothing at all, or an empty alternative."""
    return operation.security is None or any(not each for each in operation.security)


def _named(operation: Operation) -> str:
    return f"{operation.path} {operation.id}"
