"""Of a package: requests for tokens in a redirect, and passwords that the app trades for tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.package import Package, Text
from ostiary.model import Evidence, Finding, failed, not_applicable, passed, unknown

_SHOWN: Final = 4
_IMPLICIT: Final = re.compile(r"\bresponse_type=(?:[a-z_+%0]*(?:\+|%20))?token(?![a-z_])")
_CODE: Final = re.compile(r"\bresponse_type=code(?![a-z_])")
_PASSWORD: Final = re.compile(r"\bgrant_type=password\b")
_FRAGMENT: Final = re.compile(r"#access_token\b")
_ASKED: Final = "a token is asked for in a redirect"
_TRADED: Final = "the user's password is traded for a token"
_READ: Final = "a token is looked for in a fragment"
_SOUND: Final = "a code is asked for"
_AUTHORIZES: Final = re.compile(r"response_type|authorization_code|/oauth2?/|net\.openid\.appauth")


async def audit_mobile(package: Package) -> Finding:
    """Read the requests that the app's own texts put together."""
    told: dict[str, list[Evidence]] = {_ASKED: [], _TRADED: [], _READ: [], _SOUND: []}
    for text in package.texts():
        if "_t" in text.value or text.name == "grant_type":
            for what in _what(text):
                told[what].append(package.show(text.where, what, text.value))
    faults, signs, code = told[_ASKED] + told[_TRADED], told[_READ], told[_SOUND]
    code += [
        package.show(call.where, call.name)
        for call in package.calls("net.openid.appauth.AuthorizationRequest$Builder.*")
    ]
    if faults:
        return failed(faults[0].what, *faults[:_SHOWN], places=tuple(dict.fromkeys(each.where for each in faults)))
    if signs:
        return unknown(signs[0].what, *signs[:_SHOWN])
    if code:
        return passed("the app asks for codes and for nothing else", code[0])
    if package.complete:
        return unknown(f"not all code could be looked at: {package.complete}")
    if any(_AUTHORIZES.search(each.value[:500]) for each in package.texts()):
        return unknown("the app has to do with OAuth, and what it asks for cannot be seen")
    return not_applicable("no request of OAuth among the app's texts")


def _what(text: Text) -> Iterator[str]:
    if _IMPLICIT.search(text.value):
        yield _ASKED
    elif _PASSWORD.search(text.value) or (text.name == "grant_type" and text.value == "password"):
        yield _TRADED
    elif _FRAGMENT.search(text.value):
        yield _READ
    elif _CODE.search(text.value):
        yield _SOUND
