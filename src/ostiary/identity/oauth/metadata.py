"""What clients are told of this server is what it does (RFC 8414, OpenID Connect Discovery 1.0): nothing more is advertised."""

from __future__ import annotations

from typing import Any, Final

from ostiary.identity.oauth.clients import ASSERTION_ALGORITHMS, GRANTS, METHODS
from ostiary.identity.oauth.issuing import ACR
from ostiary.identity.services import Services
from ostiary.identity.signing import PUBLISHED_FOR
from ostiary.identity.web import Request, Response
from ostiary.strict import dumps

__all__ = ["ROUTES", "SCOPES", "document", "scopes_of"]

# What scopes of our own let a client read at the userinfo endpoint (OpenID Connect Core 1.0 section 5.4).
SCOPES: Final = {
    "openid": ("sub",),
    "profile": ("name",),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "offline_access": (),
    "roles": (),  # a claim of access tokens, for APIs
}
_IN_ID_TOKENS: Final = ("sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "nonce", "at_hash", "sid")


def scopes_of(services: Services) -> tuple[str, ...]:
    """All scopes there are: our own, and those of the settings."""
    return tuple(dict.fromkeys((*SCOPES, *services.settings.scopes)))


def document(services: Services) -> dict[str, Any]:
    """The metadata, the same at both addresses."""
    issuer = services.issuer
    claims = dict.fromkeys(_IN_ID_TOKENS + tuple(claim for claims in SCOPES.values() for claim in claims))
    found: dict[str, Any] = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "pushed_authorization_request_endpoint": f"{issuer}/oauth/par",
        "device_authorization_endpoint": f"{issuer}/oauth/device_authorization",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "end_session_endpoint": f"{issuer}/oauth/logout",
        "scopes_supported": list(scopes_of(services)),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANTS),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "require_pushed_authorization_requests": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,  # what clients publish; pushed ones work (RFC 9126 section 5)
        "claims_parameter_supported": False,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(services.signing.algorithms()),
        "dpop_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "acr_values_supported": list(ACR),
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claim_types_supported": ["normal"],
        "claims_supported": list(claims),
        "tls_client_certificate_bound_access_tokens": False,
    }
    for endpoint, methods in (("token", METHODS), ("revocation", METHODS), ("introspection", set(METHODS) - {"none"})):
        found[f"{endpoint}_endpoint_auth_methods_supported"] = [each for each in METHODS if each in methods]
        found[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = list(ASSERTION_ALGORITHMS)
    if services.settings.dynamic_registration:
        found["registration_endpoint"] = f"{issuer}/oauth/register"
    return found


def _public(body: Any, seconds: int) -> Response:
    """Public, cacheable for a while, and readable by programs in browsers, which send no cookies along."""
    headers = {
        "content-type": "application/json",
        "cache-control": f"public, max-age={seconds}",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    return Response(dumps(body), 200, headers)


async def _metadata(services: Services, _request: Request) -> Response:
    return _public(document(services), PUBLISHED_FOR)


async def _jwks(services: Services, _request: Request) -> Response:
    return _public(await services.signing.jwks(), PUBLISHED_FOR)


ROUTES: Final = (
    ("/.well-known/openid-configuration", ("GET",), _metadata),
    ("/.well-known/oauth-authorization-server", ("GET",), _metadata),  # an issuer has no path, so nothing is inserted
    ("/oauth/jwks", ("GET",), _jwks),
)
