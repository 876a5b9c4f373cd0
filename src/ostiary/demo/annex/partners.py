"""Partners: other applications get codes and tokens for whoever is signed in here, and the annex's own door uses the same."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ostiary.demo.annex.room import Answer, Call, Refused, array, found, object_of, operation, query, text

_URI = "oauth.redirect-uri-exact"
_TOKEN = "oauth.code-flow-only"  # noqa: S105 - a control
_PASSWORD = "oauth.code-flow-only/password"  # noqa: S105 - a switch
_SCOPE = "oauth.default-scope"
_BARE = "beyond.pkce-required"
_VERIFIER = "beyond.pkce-required/verifier"
_STATELESS = "oauth.state-required"
_UNCHECKED = "oauth.state-required/unchecked"
FAULTS = {
    _URI: "sends codes to any address that begins like a registered one",
    _TOKEN: "hands out access tokens in redirects",
    _PASSWORD: "hands out access tokens for a user's password",
    _SCOPE: "grants every scope to whoever names none",
    _BARE: "gives codes without a challenge",
    _VERIFIER: "asks for a challenge, and never for its verifier",
    _STATELESS: "begins a sign-in at its own door without a state",
    _UNCHECKED: "ends a sign-in at its own door with any state",
}
TABLES = "CREATE TABLE codes (code TEXT PRIMARY KEY, client TEXT, redirect TEXT, challenge TEXT, scope TEXT, person TEXT, at REAL);"
MOST = 200  # codes; the oldest go first
LASTS = 60.0  # seconds that a code is good
SCOPES = {"notes:read": "Read one's notes", "notes:write": "Change one's notes", "people:read": "See who there is"}
DEFAULT = "notes:read"
CLIENT, REDIRECT = "annex-partner", "https://partner.annex.example/callback"
DOOR = "annex-door"  # the annex's own client
_ADDRESS = r"^https?://[A-Za-z0-9.:\[\]-]+/\S*$"
_COOKIE = "__Host-door"
_FORM = "application/x-www-form-urlencoded"


def paths(faults: frozenset[str]) -> dict[str, Any]:
    """The authorization server, and the door that uses it."""
    opaque = text(200)
    names = ("issuer", "authorization_endpoint", "token_endpoint")
    lists = (
        "response_types_supported", "grant_types_supported", "scopes_supported", "code_challenge_methods_supported",
        "token_endpoint_auth_methods_supported",
    )  # fmt: skip
    metadata = object_of({name: text(200) for name in names} | {name: array(text(60)) for name in lists})
    asked = [
        query("response_type", text(40), "code", required=True),
        query("client_id", text(60), CLIENT, required=True),
        query("redirect_uri", text(300, pattern=_ADDRESS), REDIRECT, required=True),
        query("state", text(300), "af0ifjsldkj-2b8e61c4"),
        query("scope", text(200), DEFAULT),
        query("nonce", text(300), "n-0S6_WzA2Mj-2b8e61c4"),
        query("prompt", text(40), "none"),
        query("code_challenge", text(128), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWBuGJSstw-cM"),
        query("code_challenge_method", text(20), "S256"),
    ]
    members = {"grant_type": text(60), "client_id": text(60), "code": opaque, "redirect_uri": text(300)}
    members |= {"code_verifier": text(128), "scope": text(200)}
    if _PASSWORD in faults:
        members |= {"username": text(32), "password": text(64)}
    token = operation(
        "partnerToken", "A token for a code", public=True, taken=_FORM,
        takes=object_of(members, optional=[each for each in members if each != "grant_type"]),
        example={"grant_type": "authorization_code", "code": "spent-long-ago", "client_id": CLIENT},
        gives=object_of({"access_token": opaque, "token_type": text(20), "expires_in": {"type": "integer", "maximum": 600},
                         "scope": text(200)}),
    )  # fmt: skip
    back = [
        query("code", opaque, "spent-long-ago", required=True),
        query("state", opaque, "af0ifjsldkj", required=True),
    ]
    back = [back[0], {**back[1], "required": not {_STATELESS, _UNCHECKED} & faults}]
    return {
        "/.well-known/oauth-authorization-server": {
            "get": operation("partnerMetadata", "Where the authorization server is", gives=metadata, public=True)
        },
        "/oauth/authorize": {"get": operation("authorize", "A code for a partner", status=302, parameters=asked)},
        "/oauth/token": {"post": token},
        "/door/sign-in": {"get": operation("doorOpens", "Sign in at the annex's own door", status=302, public=True)},
        "/door/callback": {
            "get": operation(
                "doorCloses", "Back from signing in", public=True, parameters=back, gives=object_of({"person": opaque})
            )
        },
    }


async def serve(call: Call) -> Answer:
    """Serve partners."""
    match call.operation:
        case "partnerMetadata":
            return found(_metadata(call))
        case "authorize":
            return _authorize(call)
        case "partnerToken":
            return _token(call)
        case "doorOpens":
            return _opens(call)
    return _closes(call)


def _origin(call: Call) -> str:
    return f"{'https' if call.request.secure else 'http'}://{call.request.headers['host']}"


def _metadata(call: Call) -> dict[str, Any]:
    origin = _origin(call)
    return {
        "issuer": origin,
        "authorization_endpoint": f"{origin}/oauth/authorize",
        "token_endpoint": f"{origin}/oauth/token",
        "response_types_supported": ["code", *(["token"] if _TOKEN in call.faults else [])],
        "grant_types_supported": ["authorization_code", *(["password"] if _PASSWORD in call.faults else [])],
        "scopes_supported": list(SCOPES),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
    }


def _authorize(call: Call) -> Answer:
    given = call.values
    registered = {CLIENT: REDIRECT, DOOR: f"{_origin(call)}/door/callback"}.get(given["client_id"])
    redirect = given["redirect_uri"]
    exact = redirect.startswith(registered or "\0") if _URI in call.faults else redirect == registered
    if not exact:
        raise Refused(400, "this client has not registered this address")
    return Answer(302, headers=[("location", _sent(redirect, _granted(call, redirect), given))])


def _sent(redirect: str, told: Mapping[str, str], given: Mapping[str, Any]) -> str:
    mark = "#" if "access_token" in told else "&" if "?" in redirect else "?"
    state = {"state": given["state"]} if "state" in given else {}
    return f"{redirect}{mark}{urlencode({**told, **state})}"


def _granted(call: Call, redirect: str) -> dict[str, str]:
    """What the client is told: a code, or an error (RFC 6749 section 4.1.2.1)."""
    given = call.values
    kinds = {"code", "token"} if _TOKEN in call.faults else {"code"}
    if given["response_type"] not in kinds:
        return {"error": "unsupported_response_type"}
    scope = given.get("scope", "")
    if not scope:
        scope = " ".join(SCOPES) if _SCOPE in call.faults else DEFAULT
    if not set(scope.split()) <= {*SCOPES, "openid"}:
        return {"error": "invalid_scope"}
    challenge = given.get("code_challenge", "")
    if _BARE not in call.faults and (not challenge or given.get("code_challenge_method") != "S256"):
        return {"error": "invalid_request"}
    if given["response_type"] == "token":
        return {"access_token": secrets.token_urlsafe(32), "token_type": "Bearer"}
    code = secrets.token_urlsafe(32)
    row = (code, given["client_id"], redirect, challenge, scope, call.person.id, time.time())
    call.db.execute("INSERT INTO codes VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    call.db.execute(f"DELETE FROM codes WHERE rowid <= (SELECT max(rowid) FROM codes) - {MOST}")  # noqa: S608 - a constant
    return {"code": code}


def _token(call: Call) -> Answer:
    given = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True)) if call.body else {}
    kind = given.get("grant_type", "")
    if kind == "password" and _PASSWORD in call.faults:
        if call.premises.people.enter(given.get("username", ""), given.get("password", "")) is None:
            return _no("invalid_grant")
        return found(_handed(DEFAULT))
    if kind != "authorization_code":
        return _no("unsupported_grant_type")
    if given.get("client_id") not in {CLIENT, DOOR}:
        return _no("invalid_client", 401)
    scope = _redeem(call, given)
    return _no("invalid_grant") if scope is None else found(_handed(scope))


def _redeem(call: Call, given: Mapping[str, str]) -> str | None:
    """Spend a code; the scope that it was for, or None."""
    code = given.get("code", "")
    row = call.db.execute("SELECT * FROM codes WHERE code = ?", (code,)).fetchone()
    call.db.execute("DELETE FROM codes WHERE code = ?", (code,))
    if row is None or time.time() - row["at"] > LASTS:
        return None
    if (row["client"], row["redirect"]) != (given.get("client_id"), given.get("redirect_uri")):
        return None
    if row["challenge"] and _VERIFIER not in call.faults:
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not hmac.compare_digest(made.encode(), row["challenge"].encode()):
            return None
    return str(row["scope"])


def _handed(scope: str) -> dict[str, Any]:
    return {"access_token": secrets.token_urlsafe(32), "token_type": "Bearer", "expires_in": 600, "scope": scope}


def _no(error: str, status: int = 400) -> Answer:
    return Answer(status, f'{{"error": "{error}"}}'.encode(), "application/json")


def _opens(call: Call) -> Answer:
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code", "client_id": DOOR, "redirect_uri": f"{_origin(call)}/door/callback", "scope": DEFAULT,
        "code_challenge": challenge, "code_challenge_method": "S256", "state": state,
    }  # fmt: skip
    if _STATELESS in call.faults:
        del asked["state"]
    cookie = f"{_COOKIE}={state}.{verifier}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"
    return Answer(
        302, headers=[("location", f"{_origin(call)}/oauth/authorize?{urlencode(asked)}"), ("set-cookie", cookie)]
    )


def _closes(call: Call) -> Answer:
    jar = dict(each.strip().partition("=")[::2] for each in call.request.headers.get("cookie", "").split(";"))
    state, _, verifier = jar.get(_COOKIE, "").partition(".")
    careless = {_STATELESS, _UNCHECKED} & call.faults
    given = call.values.get("state", "")
    if not careless and (not state or not hmac.compare_digest(state.encode(), given.encode())):
        raise Refused(400, "this is not the sign-in that this browser began")
    row = call.db.execute("SELECT person, challenge FROM codes WHERE code = ?", (call.values["code"],)).fetchone()
    spent = {"client_id": DOOR, "redirect_uri": f"{_origin(call)}/door/callback", "code": call.values["code"]}
    if row is None or (_redeem(call, spent | {"code_verifier": verifier}) is None and not careless):
        raise Refused(400, "the code is not good")
    return found({"person": row["person"]})
