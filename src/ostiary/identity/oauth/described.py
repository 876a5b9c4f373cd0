"""What the OAuth endpoints take and give, in the words of OpenAPI; their rules are in steps.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

__all__ = ["paths"]

_FORM: Final = "application/x-www-form-urlencoded"
_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {"type": "string", "maxLength": 100},
        "error_description": {"type": "string", "maxLength": 500},
    },
}
_TEXT: Final = {"type": "string", "maxLength": 2048}
_LONG: Final = {"type": "string", "maxLength": 16384}
_SHORT: Final = {"type": "string", "maxLength": 256}
_AUTHORIZE: Final = {
    "response_type": {"type": "string", "enum": ["code"]},
    "client_id": _SHORT,
    "redirect_uri": _TEXT,
    "scope": _TEXT,
    "state": _TEXT,
    "code_challenge": {"type": "string", "minLength": 43, "maxLength": 43},
    "code_challenge_method": {"type": "string", "enum": ["S256"]},
    "nonce": _TEXT,
    "prompt": _SHORT,
    "max_age": {"type": "string", "maxLength": 10},
    "resource": _TEXT,
    "dpop_jkt": _SHORT,
    "request_uri": _TEXT,
    "login_hint": _TEXT,
    "ui_locales": _SHORT,
    "response_mode": _SHORT,
    "acr_values": _TEXT,
    "display": _SHORT,
    "id_token_hint": _LONG,
    "claims_locales": _SHORT,
}
_CLIENT: Final = {
    "client_id": _SHORT,
    "client_secret": _SHORT,
    "client_assertion": _LONG,
    "client_assertion_type": _SHORT,
}
_TOKEN: Final = {
    "grant_type": _SHORT,
    "code": _SHORT,
    "redirect_uri": _TEXT,
    "code_verifier": {"type": "string", "maxLength": 128},
    "refresh_token": _SHORT,
    "scope": _TEXT,
    "resource": _TEXT,
    "device_code": _SHORT,
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
        "refresh_token": _SHORT,
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
            "get": _operation(
                "Ask a person for authorization", [], query=_AUTHORIZE, gives=None, status=303, says=(400,)
            ),
            "post": _operation("The same, by a form", [], form=_AUTHORIZE, gives=None, status=303, says=(400,)),
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
                form={"token": _LONG, "token_type_hint": _SHORT, **_CLIENT},
                gives=None,
            )
        },
        "/oauth/introspect": {
            "post": _operation(
                "Ask about a token (RFC 7662)",
                _BY_CLIENT,
                form={"token": _LONG, "token_type_hint": _SHORT, **_CLIENT},
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
            "get": _operation(
                "Sign out, asked for by an application", [], query=_LOGOUT, gives=None, status=303, says=(400,)
            ),
            "post": _operation("The same, by a form", [], form=_LOGOUT, gives=None, status=303, says=(400,)),
        },
    }
    if registration:
        found["/oauth/register"] = {
            "post": _operation("Register a client (RFC 7591)", [], json=_OPEN, gives=_OPEN, status=201)
        }
    return found


_LOGOUT: Final = {
    "id_token_hint": _LONG, "client_id": _SHORT, "post_logout_redirect_uri": _TEXT, "state": _TEXT, "logout_hint": _TEXT,
    "ui_locales": _SHORT,
}  # fmt: skip


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
    wrong = {"description": "Refused", "content": {"application/json": {"schema": _ERROR}}}
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
        made["requestBody"] = {"required": True, "content": {_FORM: {"schema": schema}}}
    if json is not None:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": json}}}
    return made
