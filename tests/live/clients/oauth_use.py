"""authlib and requests-oauthlib as applications use them; runs in their environment, and asks its parent to be the browser."""

import asyncio
import json
import secrets
import sys
import warnings
from collections.abc import Callable
from typing import Any

import httpx
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

SCOPE = "openid email offline_access books:read"
SECONDS = 20
Context = dict[str, Any]


def say(what: object) -> None:
    """One line to the parent."""
    print(json.dumps(what), flush=True)


def visit(url: str, **more: str) -> dict[str, Any]:
    """What became of an address in the person's browser."""
    say({"visit": url, **more})
    heard: dict[str, Any] = json.loads(sys.stdin.readline())
    return heard


def refusal(act: Callable[[], Any]) -> dict[str, Any]:
    """What an act was refused with."""
    try:
        act()
    except (OAuthError, OAuth2Error) as error:
        return {"kind": type(error).__name__, "error": error.error}
    raise AssertionError("it was not refused")


def metadata(context: Context) -> dict[str, Any]:
    """What the server says of itself (RFC 8414)."""
    reply = requests.get(f"{context['issuer']}/.well-known/oauth-authorization-server", timeout=SECONDS)
    reply.raise_for_status()
    said: dict[str, Any] = reply.json()
    return said


def verified(token: str, server: dict[str, Any], context: Context, **wanted: Any) -> dict[str, Any]:
    """The claims of an ID token, by the keys that the server publishes."""
    keys = KeySet.import_key_set(requests.get(server["jwks_uri"], timeout=SECONDS).json())
    decoded = jwt.decode(token, keys, algorithms=server["id_token_signing_alg_values_supported"])
    rules = {"iss": server["issuer"], "aud": context["client"]["client_id"], **wanted}
    jwt.JWTClaimsRegistry(
        **{name: {"essential": True, "value": value} for name, value in rules.items()}, exp={"essential": True}
    ).validate(decoded.claims)
    return dict(decoded.claims)


# authlib


def authlib_session(context: Context, server: dict[str, Any], **more: Any) -> AuthlibSession:
    """A session that authenticates as the client is registered."""
    client = context["client"]
    secret: Any = client["client_secret"]
    if client["method"] == "private_key_jwt":
        secret = ECKey.import_key(client["jwk"])
    session = AuthlibSession(
        client["client_id"], secret or None, token_endpoint_auth_method=client["method"], code_challenge_method="S256",
        revocation_endpoint_auth_method=client["method"], redirect_uri=(client["redirect_uris"] or [None])[0], **more,
    )  # fmt: skip
    if client["method"] == "private_key_jwt":
        session.register_client_auth_method(PrivateKeyJWT(server["token_endpoint"], alg="ES256"))
    return session


def authlib_code(context: Context) -> dict[str, Any]:
    """Authorization code with PKCE, refresh, introspection and revocation."""
    server = metadata(context)
    session = authlib_session(context, server, scope=SCOPE)
    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    url, state = session.create_authorization_url(server["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
    back = visit(url)["location"]
    token = session.fetch_token(
        server["token_endpoint"], authorization_response=back, code_verifier=verifier, state=state, timeout=SECONDS
    )
    claims = verified(token["id_token"], server, context, nonce=nonce)
    person = session.get(server["userinfo_endpoint"], timeout=SECONDS).json()
    first = token["refresh_token"]
    refreshed = session.refresh_token(server["token_endpoint"], refresh_token=first, timeout=SECONDS)
    seen: dict[str, Any] = {
        "claims": claims, "person": person, "scope": token["scope"], "rotated": refreshed["refresh_token"] != first,
        "type": token["token_type"],
        "replayed": refusal(lambda: session.fetch_token(
            server["token_endpoint"], authorization_response=back, code_verifier=verifier, state=state, timeout=SECONDS
        )),
    }  # fmt: skip
    if context["client"]["method"] != "none":
        asked = {"token": refreshed["access_token"], "token_type_hint": "access_token"}
        seen["dead"] = session.introspect_token(server["introspection_endpoint"], **asked, timeout=SECONDS).json()
    return seen


def authlib_revoked(context: Context) -> dict[str, Any]:
    """What is left of a grant whose refresh token its client gave back."""
    server = metadata(context)
    session = authlib_session(context, server, scope=SCOPE)
    verifier = secrets.token_urlsafe(48)
    url, state = session.create_authorization_url(server["authorization_endpoint"], code_verifier=verifier)
    token = session.fetch_token(
        server["token_endpoint"], authorization_response=visit(url)["location"], code_verifier=verifier, state=state,
        timeout=SECONDS,
    )  # fmt: skip
    told = {"token": token["refresh_token"], "token_type_hint": "refresh_token"}
    revoked = session.revoke_token(server["revocation_endpoint"], **told, timeout=SECONDS)
    person = session.get(server["userinfo_endpoint"], timeout=SECONDS)
    again = {"refresh_token": token["refresh_token"], "timeout": SECONDS}
    return {
        "revoked": revoked.status_code, "person": person.status_code,
        "refreshed": refusal(lambda: session.refresh_token(server["token_endpoint"], **again)),
    }  # fmt: skip


def authlib_credentials(context: Context) -> dict[str, Any]:
    """A client for itself: its token, asked about, given back, asked about again."""
    server = metadata(context)
    session = authlib_session(context, server, scope="books:read")
    token = session.fetch_token(server["token_endpoint"], grant_type="client_credentials", timeout=SECONDS)

    def asked() -> Any:
        return session.introspect_token(
            server["introspection_endpoint"], token=token["access_token"], timeout=SECONDS
        ).json()

    before = asked()
    status = session.revoke_token(
        server["revocation_endpoint"], token=token["access_token"], timeout=SECONDS
    ).status_code
    return {"token": sorted(token), "before": before, "status": status, "after": asked()}


def authlib_denied(context: Context) -> dict[str, Any]:
    """A person who does not agree; and a request without PKCE."""
    server = metadata(context)
    session = authlib_session(context, server, scope=SCOPE)
    more = {"code_verifier": secrets.token_urlsafe(48), "prompt": "consent"}
    url, _ = session.create_authorization_url(server["authorization_endpoint"], **more)
    return {
        "denied": visit(url, answer="no"),
        "plain": visit(session.create_authorization_url(server["authorization_endpoint"])[0]),
    }


def authlib_async(context: Context) -> dict[str, Any]:
    """The same on a loop: two tasks that find the token expired, and refresh it at the same time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # authlib would rather have a newer library
        from authlib.integrations.httpx_client import AsyncOAuth2Client  # noqa: PLC0415 - it says so when it is imported

    server, client = metadata(context), context["client"]
    verifier = secrets.token_urlsafe(48)

    async def both() -> dict[str, Any]:
        session = AsyncOAuth2Client(
            client["client_id"], client["client_secret"], scope=SCOPE, redirect_uri=client["redirect_uris"][0],
            code_challenge_method="S256", trust_env=False,
        )  # fmt: skip
        async with session:
            url, state = session.create_authorization_url(server["authorization_endpoint"], code_verifier=verifier)
            back = visit(url)["location"]
            token = await session.fetch_token(
                server["token_endpoint"], authorization_response=back, code_verifier=verifier, state=state
            )
            form = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
            async with httpx.AsyncClient(auth=(client["client_id"], client["client_secret"]), trust_env=False) as plain:
                replies = await asyncio.gather(*(plain.post(server["token_endpoint"], data=form) for _ in range(5)))
            heard = {each.json().get("refresh_token") for each in replies}
            last = await session.refresh_token(server["token_endpoint"], refresh_token=heard.copy().pop())
            person = await session.get(server["userinfo_endpoint"])
            return {
                "statuses": [each.status_code for each in replies], "different": len(heard), "person": person.json(),
                "last": bool(last["refresh_token"]),
            }  # fmt: skip

    return asyncio.run(both())


# requests-oauthlib


def oauthlib_code(context: Context) -> dict[str, Any]:
    """Authorization code with PKCE and refresh, by a library that raises when the scope is another than it asked for."""
    server, client = metadata(context), context["client"]
    session = OAuth2Session(
        client["client_id"], redirect_uri=client["redirect_uris"][1], scope=SCOPE.split(), pkce="S256",
        auto_refresh_url=server["token_endpoint"], token_updater=lambda _: None,
    )  # fmt: skip
    url, _ = session.authorization_url(server["authorization_endpoint"])
    back = visit(url)["location"]
    basic = client["method"] == "client_secret_basic"
    how: dict[str, Any] = {"include_client_id": not basic, "timeout": SECONDS}
    if basic:
        how["auth"] = HTTPBasicAuth(client["client_id"], client["client_secret"])
    elif client["client_secret"]:
        how["client_secret"] = client["client_secret"]
    token = session.fetch_token(server["token_endpoint"], authorization_response=back, **how)
    person = session.get(server["userinfo_endpoint"], timeout=SECONDS).json()
    claims = verified(token["id_token"], server, context)
    more: dict[str, Any] = {"timeout": SECONDS}
    if basic:
        more["auth"] = how["auth"]
    else:
        more |= {"client_id": client["client_id"]}
        more |= {"client_secret": client["client_secret"]} if client["client_secret"] else {}
    refreshed = session.refresh_token(server["token_endpoint"], refresh_token=token["refresh_token"], **more)
    foreign = OAuth2Session(client["client_id"], redirect_uri=client["redirect_uris"][1], state="mine", pkce="S256")
    return {
        "person": person, "claims": claims, "scope": token["scope"], "type": token["token_type"],
        "rotated": refreshed["refresh_token"] != token["refresh_token"],
        "mixed": refusal(lambda: foreign.fetch_token(server["token_endpoint"], authorization_response=back, **how)),
    }  # fmt: skip


def oauthlib_credentials(context: Context) -> dict[str, Any]:
    """A client for itself, by Basic and by the form."""
    server, client = metadata(context), context["client"]
    made = BackendApplicationClient(client_id=client["client_id"], scope=["books:read"])
    session = OAuth2Session(client=made)
    token = session.fetch_token(
        server["token_endpoint"], timeout=SECONDS,
        **({"auth": HTTPBasicAuth(client["client_id"], client["client_secret"])} if client["method"].endswith("basic")
           else {"client_secret": client["client_secret"], "include_client_id": True}),
    )  # fmt: skip
    wrong = refusal(
        lambda: OAuth2Session(client=BackendApplicationClient(client_id=client["client_id"])).fetch_token(
            server["token_endpoint"], timeout=SECONDS, auth=HTTPBasicAuth(client["client_id"], "wrong")
        )
    )
    return {"token": sorted(token), "scope": token["scope"], "wrong": wrong}


def main() -> None:
    """Run the flow that the first argument names."""
    flow = globals()[sys.argv[1]]
    say({"seen": flow(json.loads(sys.stdin.readline()))})


if __name__ == "__main__":
    main()
