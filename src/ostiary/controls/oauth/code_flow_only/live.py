"""Tokens in redirects and tokens for passwords are asked for: an authorization server refuses both."""

from __future__ import annotations

from urllib.parse import urlsplit

from ostiary.evidence import Answer, Http
from ostiary.model import Confidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.seen import authorizing, authorizing_starts
from ostiary.parts.seen.authorizing import Came, Client, Server

_IMPLICIT = ("token", "id_token token", "code token")
_STRANGE = "ostiary"
_UNKNOWN_CLIENT = frozenset({"invalid_client", "unauthorized_client"})


async def audit_live(http: Http) -> Finding:
    """Ask for tokens by other ways than a code, beside a way that does not exist; at most 12 requests."""
    at = await authorizing.server(http)
    if at.elsewhere:
        return unknown(f"the authorization server is on another host ({urlsplit(at.elsewhere).netloc}): audit it there")
    if not at.authorize and not at.token:
        return not_applicable("neither metadata nor the document names an authorization server")
    of = await authorizing.client(http, at, await authorizing_starts.addresses(http))
    refusals: list[Answer] = []
    if at.authorize and of is not None:
        finding = await _implicit(http, at, of, refusals)
        if finding is not None:
            return finding
    if at.token:
        finding = await _password(http, at, of, refusals)
        if finding is not None:
            return finding
    if not refusals:
        return unknown(
            "no client is known for which the authorization server could say what it refuses ([audit.client])"
        )
    return passed(
        "tokens in redirects and tokens for passwords are refused",
        *(http.show(each, "refused") for each in refusals[:3]),
    )


async def _implicit(http: Http, at: Server, of: Client, refusals: list[Answer]) -> Finding | None:
    """The finding, if a token may be asked for at the authorization endpoint."""
    for identity in dict.fromkeys((http.owner, "")):
        usual = await authorizing.asked(http, authorizing.request(at, of), of, identity)
        strange = await authorizing.asked(http, authorizing.request(at, of, response_type=_STRANGE), of, identity)
        for kind in _IMPLICIT:
            came = await authorizing.asked(http, authorizing.request(at, of, response_type=kind), of, identity)
            if came.told.get("access_token"):
                return _in_redirect(http, at, kind, came, strange, proved=True)
            if came.goes_on and not strange.goes_on:
                return _in_redirect(http, at, kind, came, strange, proved=False)
            if not came.goes_on and usual.goes_on:
                refusals.append(came.answer)
        if usual.goes_on and not strange.goes_on:
            break
        refusals.clear()  # what does not exist goes on as well: a refusal would come after the sign-in
    return None


def _in_redirect(http: Http, at: Server, kind: str, came: Came, strange: Came, *, proved: bool) -> Finding:
    return failed(
        f"the authorization endpoint hands out access tokens in redirects (response_type={kind})",
        http.show(came.answer, f"response_type={kind}: goes on"),
        http.show(strange.answer, "a response_type that does not exist: refused"),
        proof=(
            "the redirect to the client holds an access token"
            if proved
            else f"response_type={kind} goes on as code does, where one that does not exist is refused"
        ),
        places=at.places[:1],
        facts={"response_type": kind},
        confidence=Confidence.CERTAIN if proved else Confidence.FIRM,
    )


async def _password(http: Http, at: Server, of: Client | None, refusals: list[Answer]) -> Finding | None:
    """What follows, if the token endpoint takes a user's password, or seems to."""
    account = http.account(http.owner) if http.owner else None
    user, password = (account.user, account.password) if account is not None else ("", "")
    who = of or Client("ostiary", "")
    strange = await authorizing.redeemed(http, at, who, grant_type=_STRANGE)
    wrong = await authorizing.redeemed(
        http, at, who, grant_type="password", username=user or "ostiary-nobody", password=password or "Os-nobody-1"
    )
    first_party = not at.authorize
    error = authorizing.error_in(wrong)
    if not authorizing.token_in(wrong):
        if error == "invalid_grant" and authorizing.error_in(strange) != error:
            return unknown(  # some look at the password before they look at what the client may
                "the token endpoint judges a user's password; whether it hands out a token for one shows to an account",
                http.show(wrong, f"grant_type=password: {error}"),
            )
        if error == "unsupported_grant_type" or (of is not None and error not in _UNKNOWN_CLIENT | {""}):
            refusals.append(wrong)
        return None
    return failed(
        "tokens are handed out for a user's password (grant_type=password)",
        http.show(wrong, "grant_type=password"),
        http.show(strange, "a grant_type that does not exist"),
        severity=Severity.LOW if first_party else None,  # an API's own login in the clothes of OAuth
        proof="the token endpoint hands out an access token for a user's name and password",
        places=at.places[-1:],
        facts={"grant_type": "password"},
        confidence=Confidence.CERTAIN,
    )
