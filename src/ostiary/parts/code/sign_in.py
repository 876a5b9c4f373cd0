"""Operations by which people sign in, ask for codes or redeem them, as code declares them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ostiary.evidence.code import Language, Route
from ostiary.evidence.tree import Tree

_NOT: Final = re.compile(
    r"(?i)refresh|revoke|log_?out|callback|status|oauth/authorize|csrf|register|sign_?up|sign_?out"
)
_PAGE: Final = re.compile(
    r"(?i)(?:^|/)[\w-]*(?:log_?in|sign_?in|sessions?_?controller|authenticat(?:ion|ed?)\w*|fortify\w*|devise)[\w-]*\.(?:php|rb|java|kt|go|swift)$"
)
_ROUTED: Final = frozenset({Language.PYTHON, Language.JAVASCRIPT})  # by name alone too much of them is a client
_KINDS: Final[Mapping[str, re.Pattern[str]]] = {
    "sign-in": re.compile(
        r"(?i)(?:^|[/_.-])(?:log_?in|sign_?in|authenticate|obtain_?token|access-token|sessions?)(?:[/_.-]|$)|(?:^|/)token/?$"
    ),
    "asking for a reset or a code": re.compile(
        r"(?i)forg[oe]t|resend|send_?-?(?:otp|code|sms)|(?:request|send|create)\w*[-_]?(?:reset|otp|code)|generate[-_]?(?:otp|code)|reset[-_]?(?:request|link)|password[-_/]?recover"
    ),
    "redeeming a reset or a code": re.compile(
        r"(?i)(?:verify|check|confirm|validate)[-_/]?(?:otp|code|2fa|mfa|totp|token)|(?:otp|2fa|mfa|totp)[-_/]?(?:verify|check|confirm|validate)|reset[-_]?password|password[-_/]?reset(?![-_/]?(?:request|link))"
    ),
}


def in_pages(tree: Tree) -> str:
    """A file by whose name people seem to sign in there, where no route tells of it; empty: there is none."""
    pages = (each.path for each in tree.code.modules if each.language not in _ROUTED)
    return next((path for path in pages if _PAGE.search(path)), "")


def doors(tree: Tree) -> Sequence[Route]:
    """Operations that sign people in."""
    return by_kind(tree).get("sign-in", [])


def by_kind(tree: Tree) -> dict[str, list[Route]]:
    """Operations that guesses or messages go to, by what they do."""
    found: dict[str, list[Route]] = {}
    for route in tree.code.routes:
        if route.methods and not {"POST", "PUT", "PATCH", "ANY"} & set(route.methods):
            continue
        name = route.function.name if route.function is not None else ""
        for kind, pattern in _KINDS.items():
            if any(pattern.search(each) and not _NOT.search(each) for each in (route.route, name)):
                found.setdefault(kind, []).append(route)
                break
    return found
