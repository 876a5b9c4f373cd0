"""What a verified token says is read once, by one issuer's settings, into a principal that nobody can change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from ostiary.exchange import Principal
from ostiary.parts.issuers import Issuer

__all__ = ["reader"]

_GENERIC: Final = frozenset({"", "jwt"})  # types that do not say what a token is for
_OF_ID_TOKENS: Final = frozenset(
    {"nonce", "at_hash", "c_hash", "s_hash"}
)  # OpenID Connect Core 1.0 sections 2, 3.3.2.11
_ACCESS: Final = frozenset({"bearer", "dpop", "access", "access_token", "access-token", "at+jwt", "jwt"})
_OTHERS: Final = frozenset({"id", "id_token", "refresh", "refresh_token", "offline", "logout"})
_END: Final = 2.0**53  # seconds: beyond it, and for NaN, a sum with a few seconds is not told apart
_OPTIONAL: Final = frozenset({"iss", "aud", "exp", "iat", "sub"})  # where the issuer is asked (RFC 7662 section 2.2)
_NO_ROLES: Final[frozenset[str]] = frozenset()
_NUMBERS: Final = ("exp", "iat", "nbf")
_TEXTS: Final = ("iss", "sub", "jti", "client_id", "azp")

Reader = Callable[[Mapping[str, Any], Mapping[str, Any] | None, str], Principal]


def _members(issuer: Issuer) -> dict[str, frozenset[str]]:
    """The roles of subjects whom the policy names."""
    return {
        subject: frozenset(role for role, having in issuer.members.items() if subject in having)
        for having in issuer.members.values()
        for subject in having
    }


def reader(name: str, issuer: Issuer) -> Reader:
    """Compile what an issuer's settings ask of its tokens.

    What it returns is called with the claims, the header (None: the issuer itself told us the claims, by
    introspection) and the token's digest, and never refuses: what is not as it should be is in `Principal.wrong`.
    """
    audience = frozenset(issuer.audience)
    types = frozenset(map(_plain_type, issuer.types))
    required = frozenset(issuer.required)
    told = required - _OPTIONAL
    members = _members(issuer)
    named = issuer.subject_claim != "sub"
    subject_claim, scope_claim, roles_claim = issuer.subject_claim, issuer.scope_claim, issuer.roles_claim

    def read(claims: Mapping[str, Any], header: Mapping[str, Any] | None, key: str) -> Principal:
        wrong = {each for each in (required if header is not None else told) if each not in claims}
        wrong.update(each for each in _NUMBERS if each in claims and not _is_time(claims[each]))
        if "exp" in claims and not claims["exp"]:  # 0.0 is the principal's word for "never"
            wrong.add("exp")
        wrong.update(each for each in _TEXTS if each in claims and not isinstance(claims[each], str))
        if issuer.issuer and claims.get("iss", issuer.issuer) != issuer.issuer:
            wrong.add("iss")
        if (
            "aud" in claims
            and audience.isdisjoint(_texts(claims["aud"], split=False))
            and (audience or "aud" in required)
        ):
            wrong.add("aud")
        if header is not None:
            kind = _plain_type(header.get("typ", ""))
            if kind not in types or (kind in _GENERIC and _is_for_another_purpose(claims)):
                wrong.add("typ")
        subject = find(claims, subject_claim)
        subject = str(subject) if named and type(subject) is int else subject  # RFC 7519 speaks of `sub` alone
        if not isinstance(subject, str) or not subject:
            if subject is not None or ("sub" in required and header is not None):
                wrong.add("sub")
            subject = ""
        client = claims.get("client_id") or claims.get("azp") or ""
        client = client if isinstance(client, str) else ""
        confirmation = claims.get("cnf", {})
        if not isinstance(confirmation, dict) or not all(isinstance(each, str) for each in confirmation.values()):
            wrong.add("cnf")  # bound to something that we cannot check: not a token for whoever holds it
            confirmation = {}
        return Principal(
            subject=subject,
            issuer=name,
            client=client,
            scopes=_texts(find(claims, scope_claim), split=True),
            roles=_texts(find(claims, roles_claim), split=False) | members.get(subject, _NO_ROLES),
            claims=MappingProxyType(dict(claims)),
            wrong=frozenset(wrong),
            issued=_time(claims.get("iat")),
            starts=_time(claims.get("nbf")),
            expires=_time(claims.get("exp")),
            confirmation=MappingProxyType(confirmation),
            key=key,
            # A name of the policy's own holds neither mark, so that a subject cannot pass for a client.
            identity=f"{name}:{subject}" if subject else f"{name}#{client}",
        )

    return read


def find(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name; where there is none of just that name, dots descend into objects. None: there is none."""
    if name in claims or "." not in name:
        return claims.get(name)
    at: Any = claims
    for part in name.split("."):
        if not isinstance(at, Mapping):
            return None
        at = at.get(part)
    return at


def _is_for_another_purpose(claims: Mapping[str, Any]) -> bool:
    """Whether a token of no particular type is, by its claims, no access token: most often the ID token of a login.

    Keycloak says it in a claim `typ`, Cognito in `token_use`, libraries for Django and Flask in `token_type` and `type`;
    where none does, an ID token has claims that no access token needs, or is addressed to the client alone to which it
    was issued, with no scope.
    """
    kind = claims.get("typ", claims.get("token_use"))
    if isinstance(kind, str):
        return kind.lower() not in _ACCESS
    if any(str(claims.get(name, "")).lower() in _OTHERS for name in ("token_type", "type")):
        return True
    if "events" in claims or not _OF_ID_TOKENS.isdisjoint(claims):  # a logout token, a security event (RFC 8417)
        return True
    client = claims.get("azp")
    return (
        client is not None
        and claims.get("aud") in (client, [client])
        and not {"scope", "scp", "client_id"} & claims.keys()
    )


def _plain_type(text: str) -> str:
    """Types are media types: without case, and "application/" may be left out (RFC 7515 section 4.1.9)."""
    return text.lower().removeprefix("application/")


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _END


def _time(value: Any) -> float:
    return float(value) if _is_time(value) else 0.0


def _texts(value: Any, *, split: bool) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset(value.split() if split else (value,))
    if isinstance(value, list):
        return frozenset(each for each in value if isinstance(each, str))
    return frozenset()
