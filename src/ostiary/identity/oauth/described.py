"""What the OAuth endpoints take and give, in the words of OpenAPI; their rules are in steps.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

__all__ = ["paths"]

_FORM: Final = "application/x-www-form-urlencoded"
_PROBLEM: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}  # of no protocol
_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {"type": "string", "maxLength": 100},
        "error_description": {"type": "string", "maxLength": 500},
    },
}
# Bounds alone, beyond what the endpoints take themselves (asking.py): what is wrong within them is refused there, in the
# words that clients understand, and at the authorization endpoint by going back to the client (RFC 6749 section 4.1.2.1).
_TEXT: Final = {"type": "string", "maxLength": 4096}
_LONG: Final = {"type": "string", "maxLength": 16384}
_AUTHORIZE: Final = {
    "response_type": {**_TEXT, "description": '"code": there is no other.'},
    "client_id": _TEXT,
    "redirect_uri": _TEXT,
    "scope": _TEXT,
    "state": _TEXT,
    "code_challenge": {**_TEXT, "description": "RFC 7636: 43 characters of base64url."},
    "code_challenge_method": {**_TEXT, "description": '"S256": there is no other.'},
    "nonce": _TEXT,
    "prompt": _TEXT,
    "max_age": _TEXT,
    "resource": _TEXT,
    "dpop_jkt": _TEXT,
    "request_uri": _TEXT,
    "login_hint": _TEXT,
    "ui_locales": _TEXT,
    "response_mode": _TEXT,
    "acr_values": _TEXT,
    "display": _TEXT,
    "id_token_hint": _LONG,
    "claims_locales": _TEXT,
}
_CLIENT: Final = {
    "client_id": _TEXT,
    "client_secret": _TEXT,
    "client_assertion": _LONG,
    "client_assertion_type": _TEXT,
}
_TOKEN: Final = {
    "grant_type": _TEXT,
    "code": _TEXT,
    "redirect_uri": _TEXT,
    "code_verifier": _TEXT,
    "refresh_token": _TEXT,
    "scope": _TEXT,
    "resource": _TEXT,
    "device_code": _TEXT,
    **_CLIENT,
}
_GIVEN: Final = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in"],
    "additionalProperties": False,
    "properties": {
        "access_token": _LONG,
        "token_type": {"type": "string", "enum": ["Bearer", "DPoP"]},
        "expires_in": {"type": "integer", "minimum": 1},
        "refresh_token": _TEXT,
        "id_token": _LONG,
        "scope": _TEXT,
    },
}
_OPEN: Final = {"type": "object", "additionalProperties": True}
_BY_CLIENT: Final[list[dict[str, Any]]] = [{"client": []}, {}]


def paths(*, registration: bool = False) -> dict[str, Any]:
    """Path items of the OAuth 2.1 and OpenID Connect endpoints.

    :param registration: whether clients may register themselves (RFC 7591).
    """
    found: dict[str, Any] = {
        "/oauth/authorize": {
            "get": _visit("Ask a person for authorization", query=_AUTHORIZE),
            "post": _visit("The same, by a form", form=_AUTHORIZE),
        },
        "/oauth/token": {"post": _operation("Get tokens", _BY_CLIENT, form=_TOKEN, gives=_GIVEN)},
        "/oauth/par": {
            "post": _operation(
                "Push an authorization request (RFC 9126)",
                _BY_CLIENT,
                form={**_AUTHORIZE, **_CLIENT},
                gives=_OPEN,
                status=201,
            )
        },
        "/oauth/revoke": {
            "post": _operation(
                "Revoke a token (RFC 7009)",
                _BY_CLIENT,
                form={"token": _LONG, "token_type_hint": _TEXT, **_CLIENT},
                gives=None,
            )
        },
        "/oauth/introspect": {
            "post": _operation(
                "Ask about a token (RFC 7662)",
                _BY_CLIENT,
                form={"token": _LONG, "token_type_hint": _TEXT, **_CLIENT},
                gives=_OPEN,
            )
        },
        "/oauth/device_authorization": {
            "post": _operation(
                "Begin on a device without a browser (RFC 8628)",
                _BY_CLIENT,
                form={"scope": _TEXT, "resource": _TEXT, **_CLIENT},
                gives=_OPEN,
            )
        },
        "/oauth/userinfo": {
            "get": _operation("Claims about the person", [{"token": []}], gives=_OPEN),
            "post": _operation("The same, by POST", [{"token": []}], gives=_OPEN),
        },
        "/oauth/jwks": {"get": _operation("The keys that tokens are signed with", [], gives=_OPEN)},
        "/.well-known/openid-configuration": {"get": _operation("OpenID Connect metadata", [], gives=_OPEN)},
        "/.well-known/oauth-authorization-server": {"get": _operation("OAuth metadata (RFC 8414)", [], gives=_OPEN)},
        "/oauth/logout": {
            "get": _visit("Sign out, asked for by an application", query=_LOGOUT),
            "post": _visit("The same, by a form", form=_LOGOUT),
        },
    }
    if registration:
        found["/oauth/register"] = {
            "post": _operation("Register a client (RFC 7591)", [], json=_METADATA, gives=_OPEN, status=201)
        }
    return found


_LIST: Final = {"maxItems": 50}
_BOUNDED: Final = {"maxLength": 4096}
_METADATA: Final = {
    "type": "object",
    "additionalProperties": True,  # members that are not known are ignored (RFC 7591 section 3.1)
    "properties": {
        **dict.fromkeys(("redirect_uris", "post_logout_redirect_uris", "grant_types", "response_types"), _LIST),
        **dict.fromkeys(("client_name", "client_uri", "scope", "jwks_uri", "token_endpoint_auth_method"), _BOUNDED),
        "jwks": {"maxProperties": 50},
        "dpop_bound_access_tokens": {},
        "require_pushed_authorization_requests": {},
    },
}
_LOGOUT: Final = {
    "id_token_hint": _LONG, "client_id": _TEXT, "post_logout_redirect_uri": _TEXT, "state": _TEXT, "logout_hint": _TEXT,
    "ui_locales": _TEXT,
}  # fmt: skip


def _visit(summary: str, *, query: dict[str, Any] | None = None, form: dict[str, Any] | None = None) -> dict[str, Any]:
    """Where browsers come: they are led on, or people read a page; a refusal that cannot go to the client is one too."""
    made = _operation(summary, [], query=query, form=form, gives=None, status=303, says=())
    page = {"text/html": {"schema": {"type": "string"}}}
    made["responses"] |= {
        "200": {"description": "A page", "content": page},
        "4XX": {"description": "Refused, as a page", "content": {**page, **_PROBLEM}},
    }
    return made


def _operation(
    summary: str,
    security: Sequence[dict[str, Any]],
    *,
    gives: Any,
    query: dict[str, Any] | None = None,
    form: dict[str, Any] | None = None,
    json: Any = None,
    status: int = 200,
    says: tuple[int, ...] = (400, 401, 403, 413, 415, 429, 503),
) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "As asked"}
    if gives is not None:
        good["content"] = {"application/json": {"schema": gives}}
    wrong = {"description": "Refused", "content": {"application/json": {"schema": _ERROR}, **_PROBLEM}}
    made: dict[str, Any] = {
        "summary": summary,
        "tags": ["oauth"],
        "security": list(security),
        "responses": {str(status): good, **{str(each): wrong for each in says}},
    }
    if query:
        made["parameters"] = [{"name": name, "in": "query", "schema": schema} for name, schema in query.items()]
    if form:
        schema = {"type": "object", "properties": form, "additionalProperties": _LONG}
        made["requestBody"] = {"content": {_FORM: {"schema": schema}}}  # without one, the endpoint says what it misses
    if json is not None:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": json}}}
    return made
