"""Codes are asked for without a challenge and with a plain one, and redeemed without a verifier and with a wrong one."""

from __future__ import annotations

from urllib.parse import urlsplit

from ostiary.evidence import Answer, Http
from ostiary.model import Confidence, Evidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.seen import authorizing, authorizing_starts, browsing
from ostiary.parts.seen.authorizing import VERIFIER, Came, Client, Server

_WRONG = VERIFIER[::-1]
_BARE: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}
_PLAIN: dict[str, str | None] = {"code_challenge": VERIFIER, "code_challenge_method": "plain"}
_WAYS: tuple[tuple[str, dict[str, str | None], str | None], ...] = (
    ("a code that was asked for without a challenge", _BARE, None),
    ("a code whose challenge is plain", _PLAIN, VERIFIER),
)


async def audit_live(http: Http) -> Finding:
    """Try to get and redeem codes without S256; at most 60 requests, where a sign-in has to be walked through."""
    at = await authorizing.server(http)
    if at.elsewhere:
        return unknown(f"the authorization server is on another host ({urlsplit(at.elsewhere).netloc}): audit it there")
    if not at.authorize:
        return not_applicable("no authorization endpoint is known: neither metadata nor the document names one")
    of = await authorizing.client(http, at, await authorizing_starts.addresses(http))
    if of is None:
        return unknown("no client and registered redirect URI are known ([audit.client] in the policy)")
    sound = await browsing.led(http, authorizing.request(at, of), of, http.owner)
    if not sound.goes_on:
        return unknown(
            f"a sound authorization request was refused ({sound.error})", http.show(sound.answer, "with S256")
        )
    if not sound.told.get("code"):
        return await _unproved(http, at, of)
    refused: list[Evidence] = []
    for what, changes, verifier in _WAYS:
        came = await browsing.led(http, authorizing.request(at, of, **changes), of, http.owner)
        code = came.told.get("code", "")
        if not code:
            refused.append(http.show(came.answer, f"{what}: {came.error or 'no code'}"))
            continue
        answer = await _redeemed(http, at, of, code, verifier)
        if authorizing.token_in(answer):
            return _failed(http, at, of, what, (came.answer, answer))
        refused.append(http.show(answer, f"{what} is not redeemed"))
    return await _verifiers(http, at, of, sound, refused)


async def _verifiers(http: Http, at: Server, of: Client, sound: Came, refused: list[Evidence]) -> Finding:
    """A challenge counts only if its verifier is asked for."""
    code = sound.told["code"]
    for what, verifier in (("a code whose verifier is missing", None), ("a code with a wrong verifier", _WRONG)):
        answer = await _redeemed(http, at, of, code, verifier)
        if authorizing.token_in(answer):
            return _failed(http, at, of, what, (sound.answer, answer))
        refused.append(http.show(answer, f"{what} is not redeemed"))
        again = await browsing.led(http, authorizing.request(at, of), of, http.owner)
        code = again.told.get("code", "")  # a code that failed once may be spent
        if not code:
            return unknown("the second sound authorization request brought no code")
    proof = await _redeemed(http, at, of, code, VERIFIER)
    if not authorizing.token_in(proof):
        told = authorizing.error_in(proof) or str(proof.status)
        return unknown(
            f"a code with its verifier was not redeemed either ({told}), so a refusal proves nothing", *refused
        )
    return passed("codes are redeemed with their S256 verifier, and not without it or with another", *refused[:4])


async def _redeemed(http: Http, at: Server, of: Client, code: str, verifier: str | None) -> Answer:
    return await authorizing.redeemed(
        http, at, of, grant_type="authorization_code", code=code, redirect_uri=of.redirect, code_verifier=verifier
    )


def _failed(http: Http, at: Server, of: Client, what: str, seen: tuple[Answer, Answer]) -> Finding:
    asked, answer = seen
    return failed(
        f"{what} is redeemed",
        http.show(asked, "the code is handed out"),
        http.show(answer, f"{what}: redeemed"),
        severity=Severity.MEDIUM if of.secret and "without a challenge" in what else None,  # a confidential client
        proof=f"the token endpoint hands out an access token for {what}",
        places=at.places,
        facts={"methods": list(at.supports("code_challenge_methods"))},
        confidence=Confidence.CERTAIN,
    )


async def _unproved(http: Http, at: Server, of: Client) -> Finding:
    """What the authorization endpoint alone tells, where nobody signs in."""
    bare = await authorizing.asked(http, authorizing.request(at, of, **_BARE), of)
    plain = await authorizing.asked(http, authorizing.request(at, of, **_PLAIN), of)
    methods = at.supports("code_challenge_methods")
    if not bare.goes_on and not plain.goes_on:
        return passed(
            "a request without a challenge is refused, and one with a plain challenge",
            http.show(bare.answer, f"without a challenge: {bare.error}"),
            http.show(plain.answer, f"plain: {plain.error}"),
        )
    shown = http.show(bare.answer if bare.goes_on else plain.answer, "goes on to the sign-in")
    if bare.goes_on and at.metadata and "S256" not in methods:
        return failed(
            "the authorization server knows no PKCE: its metadata names no method, and a request without a challenge goes on",
            shown,
            proof="code_challenge_methods_supported has no S256 (RFC 8414), and no challenge is asked for",
            places=at.places,
            facts={"methods": list(methods)},
        )
    what = "without a challenge" if bare.goes_on else "with a plain challenge"
    return unknown(f"a request {what} goes on to the sign-in; whether its code is redeemed shows to an account", shown)
