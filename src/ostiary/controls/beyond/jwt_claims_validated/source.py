"""Code that checks a token's signature and not whom it is for, who made it, or when it ends; or lets it choose its key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity
from ostiary.parts.code.judging import Fault, judged

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
