"""A document that has a challenge says where its answer goes, or that one may be asked for."""

from __future__ import annotations

import json
from typing import Final

from ostiary.controls.account.captcha_challenge.live import fields
from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, passed, unknown

_ROLES: Final = frozenset({"login", "otp-verify", "otp-send", "reset", "register"})
_WORDS: Final = ("captcha", "altcha", "turnstile", "challenge-required", "proof-of-work")


async def audit_spec(spec: Spec) -> Finding:
    """Look for a field that takes an answer, or a problem type that asks for one; that it is enforced, it cannot tell."""
    guessed = [each for each in spec.api.operations if each.role in _ROLES]
    if not guessed:
        return not_applicable("the document has no operation that signs in, registers, or tries or sends a code")
    for operation in guessed:
        if fields(operation):
            return passed(
                f"{operation.key} takes the answer to a challenge", spec.at(operation.pointer, fields(operation)[0][-1])
            )
        told = json.dumps({code: sorted(content) for code, content in operation.replies.items()}).lower()
        names = [str(each.name).lower() for each in operation.parameters]
        if any(word in text for word in _WORDS for text in (told, *names)):
            return passed(f"{operation.key} documents a challenge", spec.at(operation.pointer, "a challenge"))
    return unknown("the document says nothing of a challenge")
