"""Challenges that the server has verified by its provider, and keys for tests that let everybody pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Assignment, Call, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged, read
from ostiary.parts.code.sign_in import by_kind, in_pages

_VERIFIES: Final = re.compile(
    r"(?i)(?:google\.com|recaptcha\.net)/recaptcha/(?:api/siteverify|enterprise)|recaptchaenterprise\.googleapis\.com|hcaptcha\.com/siteverify|challenges\.cloudflare\.com/turnstile/v0/siteverify|api\.friendlycaptcha\.com/api/v\d/siteverify"
)
_LIBRARIES: Final = (
    *("captcha.fields.ReCaptchaField", "django_recaptcha.fields.ReCaptchaField", "captcha.fields.CaptchaField", "flask_wtf.RecaptchaField", "flask_wtf.recaptcha.RecaptchaField"),
    *("verify_recaptcha", "verify_hcaptcha", "*recaptcha*.middleware.verify", "hcaptcha.verify", "ReCaptcha.ReCaptcha().verify", "*ReCaptcha.verify", "altcha-lib.verifySolution", "altcha.verify_solution"),
)  # fmt: skip
# What providers publish for tests: their verification says yes to everybody.
_TEST_KEYS: Final = re.compile(r"^(?:6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe|0x0{40}|[12]x0{20,40}A{0,2})$")
_DEVELOPING: Final = re.compile(r"(?i)dev|test|local|debug|example|sample|dummy")
TESTING: Final = "the challenge is verified with a key for tests, which lets everybody pass"


async def audit_source(tree: Tree) -> Finding:
    """Look for the call that verifies a challenge, and for keys of tests."""
    verified = list(_verified(tree))
    faults = [
        Fault(each, TESTING, Confidence.TENTATIVE if _is_for_tests(each) else Confidence.CERTAIN)
        for each in _with_test_keys(tree)
    ]
    found = by_kind(tree)
    return judged(
        tree,
        faults,
        sound=verified,
        holds="the server has a challenge verified",
        nothing="operation that signs in, sends or takes codes",
        undecided=f"no challenge is verified by the code, in {read(tree)}; a gateway or a provider may ask for one"
        if (found or in_pages(tree)) and not verified
        else "",
        proof="The answer of a program that guesses is taken for that of a person.",
    )


def _verified(tree: Tree) -> Iterator[Spot]:
    for call in tree.code.calls():
        if any(isinstance(each.literal, str) and _VERIFIES.search(each.literal) for each in _texts(call)):
            yield call
    yield from tree.code.calls(*_LIBRARIES)


def _texts(call: Call) -> Iterator[Value]:
    for each in (*call.args, *call.keywords.values()):
        yield each
        yield from each.parts


def _with_test_keys(tree: Tree) -> Iterator[Assignment]:
    for module in tree.code.modules:
        for each in module.assignments:
            values = [each.value, *(each.value.parts if not each.value.built else ())]
            if any(isinstance(one.literal, str) and _TEST_KEYS.match(one.literal) for one in values):
                yield each


def _is_for_tests(assignment: Assignment) -> bool:
    """Whether it stands in for when nothing else is given, or is meant for whoever develops."""
    owner = assignment.owner.name if assignment.owner is not None else ""
    is_default = not assignment.value.known
    return is_default or _DEVELOPING.search(f"{assignment.path} {owner} {assignment.name}") is not None
