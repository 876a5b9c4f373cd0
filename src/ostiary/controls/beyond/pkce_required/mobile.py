"""Of a package: whether its requests for codes carry a challenge, by a library or by hand."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.package import Package
from ostiary.model import Finding, failed, not_applicable, passed, unknown

_CODE: Final = re.compile(r"\bresponse_type=code(?![a-z_])")
_KIT: Final = "net.openid.appauth.AuthorizationRequest$Builder"


async def audit_mobile(package: Package) -> Finding:
    """Look for a request that asks for a code, and for the words of PKCE anywhere in the code."""
    asks = [each for each in package.texts() if _CODE.search(each.value)]
    made = package.calls(f"{_KIT}.build", f"{_KIT}.<init>")
    off = [call for call in package.calls(f"{_KIT}.setCodeVerifier") if len(call.args) > 1 and call.args[1] == 0]
    if off:
        shown = package.show(off[0].where, "the verifier that AppAuth makes is taken away")
        return failed("AppAuth's PKCE is switched off", shown, places=tuple(dict.fromkeys(each.where for each in off)))
    if made:
        return passed("AppAuth makes a verifier for each request", package.show(made[0].where, made[0].name))
    if not asks:
        return not_applicable("no request for a code among the app's texts")
    if any("code_challenge" in each.value or "code_verifier" in each.value for each in package.texts()):
        return passed(
            "requests for codes carry a challenge", package.show(asks[0].where, "asks for a code", asks[0].value)
        )
    if package.complete or any("code_challenge" in each for each in package.words()):
        return unknown(
            "it asks for codes, and whether with a challenge cannot be seen",
            package.show(asks[0].where, "asks for a code"),
        )
    return failed(
        "it asks for codes, and no code in the package knows a challenge",
        package.show(asks[0].where, "a code is asked for without a challenge", asks[0].value),
        places=tuple(dict.fromkeys(each.where for each in asks)),
    )
