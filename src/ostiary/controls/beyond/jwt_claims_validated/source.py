"""Code that checks a token's signature and not whom it is for, who made it, or when it ends; or lets it choose its key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Language, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity
from ostiary.parts.code import jose
from ostiary.parts.code.judging import Fault, judged
from ostiary.parts.code.lifetimes import seconds_of

_CLAIMS: Final = ("verify_exp", "verify_aud", "verify_iss", "verify_nbf")
_DECODES: Final = ("jwt.decode", "jose.jwt.decode", "jwt.api_jwt.decode")
_JS: Final = ("jsonwebtoken.verify", "jose.jwtVerify", "express-jwt", "express-jwt.expressjwt")
_FETCHED: Final = ("jku", "x5u")
_KID: Final = (
    "open",
    "pathlib.Path",
    "os.path.join",
    "fs.readFileSync",
    "fs.readFile",
    "path.join",
    "java.nio.file.Paths.get",
    ".execute",
)
_OTHERS: Final = (Language.JAVA, Language.KOTLIN, Language.GO, Language.PHP, Language.RUBY)
_REQUIRED: Final = (
    *("*parser*.requireAudience", "*parser*.requireIssuer", "*JWT.require*.withAudience", "*JWT.require*.withIssuer"),
    *("*jwt*.WithAudience", "*jwt*.WithIssuer"),
)
_LEEWAYS: Final = (
    *("*parser*.setAllowedClockSkewSeconds", "*parser*.clockSkewSeconds", "*JWT.require*.acceptLeeway"),
    *("*JWT.require*.acceptExpiresAt", "*jwt*.WithLeeway"),
)
_LOOKS: Final = re.compile(r"(?i)\baud\b|\biss\b|audience|issuer")
DAY: Final = 86_400.0  # seconds
EXPIRY: Final = "tokens are accepted after they ended"
UNSAID: Final = "neither audience nor issuer of a token is checked"
OFF: Final = "a check of a token's claims is switched off"
CHOSEN: Final = "a token names the key, or the place of the key, that it is checked with"


async def audit_source(tree: Tree) -> Finding:
    """Read the options of decoding calls, and where keys come from."""
    faults: list[Fault] = [*_chosen(tree)]
    sound: list[Spot] = []
    for call in tree.code.calls(*_DECODES):
        found = list(_python(call))
        faults += found
        if not found and (call.argument(None, "audience") is not None or call.argument(None, "issuer") is not None):
            sound.append(call)
    sound += [call for call in tree.code.calls(*_REQUIRED, languages=_OTHERS) if call.args]
    faults += [*_others(tree), *_unasked(tree, {each.path for each in sound})]
    for call in tree.code.calls(*_JS):
        if (ignored := call.argument(None, "ignoreExpiration")) is not None and ignored.literal is True:
            faults.append(Fault(call, EXPIRY))
        elif call.argument(None, "audience") is not None or call.argument(None, "issuer") is not None:
            sound.append(call)
        else:
            faults.append(Fault(call, UNSAID, Confidence.TENTATIVE))
    return judged(
        tree,
        faults,
        sound=sound,
        holds="a token's audience or issuer is checked with its signature",
        nothing="call that verifies a JWT",
        proof="A token that was made for another service, or has ended, opens this one.",
    )


def _others(tree: Tree) -> Iterator[Fault]:
    """Parsers of the JVM, of Go and PHP that let ended tokens in."""
    code = tree.code
    for call in code.calls("*jwt*.WithoutClaimsValidation", languages=[Language.GO]):
        yield Fault(call, EXPIRY)
    for call in code.calls("*jwt*.Parser", languages=[Language.GO]):
        skipped = call.argument(None, "SkipClaimsValidation")
        if skipped is not None and skipped.literal is True:
            yield Fault(call, EXPIRY)
    for call in code.calls(*_LEEWAYS, languages=_OTHERS):
        if call.args and _is_long(call.args[0]):
            yield Fault(call, EXPIRY)
    for each in code.assignments("Firebase.JWT.JWT.leeway", languages=[Language.PHP]):
        if _is_long(each.value):
            yield Fault(each, EXPIRY)


def _unasked(tree: Tree, told: set[str]) -> Iterator[Fault]:
    """Checks of a signature where nothing asks for whom or from whom a token is."""
    for verification in jose.verifications(tree):
        call = verification.call
        if call.language not in _OTHERS or verification.off:
            continue
        if (expires := verification.options.get("verify_expiration")) is not None and _is_off(expires):
            yield Fault(call, EXPIRY)
        elif any(verification.options.get(name) is not None for name in ("verify_aud", "verify_iss")):
            told.add(call.path)
        elif call.path not in told and not any(map(_LOOKS.search, _after(tree, call))):
            yield Fault(call, UNSAID, Confidence.TENTATIVE)


def _is_long(value: Value) -> bool:
    """Whether a leeway is longer than a day."""
    seconds = seconds_of(value, number=1.0)
    return value.name.endswith("MAX_VALUE") or (seconds is not None and seconds > DAY)


def _after(tree: Tree, call: Call) -> list[str]:
    end = call.function.end if call.function is not None and call.function.end else call.line + 20
    return [tree.line(call.path, number) for number in range(call.line, min(end, call.line + 40) + 1)]


def _python(call: Call) -> Iterator[Fault]:
    options = call.argument(None, "options")
    told = options.pairs if options is not None else {}
    if _is_off(told.get("verify_signature")):
        return  # jwt.verify-before-use's affair
    off = [name for name in _CLAIMS if _is_off(told.get(name))]
    if "verify_exp" in off:
        yield Fault(call, EXPIRY)
    elif "verify_aud" in off and call.argument(None, "issuer") is None:
        yield Fault(call, OFF, Confidence.FIRM, Severity.HIGH)
    elif not call.spread and call.argument(None, "audience") is None and call.argument(None, "issuer") is None:
        yield Fault(call, UNSAID, Confidence.TENTATIVE)


def _is_off(value: Value | None) -> bool:
    return value is not None and value.literal is False


def _chosen(tree: Tree) -> Iterator[Fault]:
    """Keys that are fetched from, or looked up by, what the token's header says."""
    for call in tree.code.calls(
        "requests.get", "httpx.get", "urllib.request.urlopen", "axios.get", "fetch", "*PyJWKClient"
    ):
        text = " ".join(each.text for each in call.args)
        if any(f"['{name}']" in text or f'["{name}"]' in text or f".{name}" in text for name in _FETCHED):
            yield Fault(call, CHOSEN, Confidence.CERTAIN)
    for call in tree.code.calls(*_KID):
        for value in call.args:
            parts = [value, *value.parts]
            if any(part.text.endswith((".kid", "['kid']", '["kid"]', "get('kid')", 'get("kid")')) for part in parts):
                yield Fault(call, CHOSEN, Confidence.CERTAIN)
                break
