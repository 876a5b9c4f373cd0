"""What a policy has to know of the tokens that were seen: whose they are, and which claims say what; never the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ostiary.evidence import Http
from ostiary.parts.seen import keysets
from ostiary.parts.seen.doors import Door
from ostiary.parts.seen.owners import spelt

_SUBJECTS: Final = ("sub", "user_id", "userid", "uid", "id", "username", "user", "email")
_ROLES: Final = ("roles", "role", "groups", "authorities", "permissions", "is_admin", "admin", "is_staff")
_SCOPES: Final = ("scope", "scopes", "scp")


async def told(http: Http, door: Door) -> dict[str, Any]:
    """Issuer, audience, algorithm, key set, and the names of the claims for subject, roles and scopes.

    At most seven requests, shared with whoever else looks for the key set; none for tokens of a shared secret.
    """
    carrier = door.carrier
    if carrier is None:
        return {}
    token = carrier.token
    found: dict[str, Any] = {
        "algorithm": token.algorithm,
        "type": str(token.header.get("typ", "")),
        "issuer": _text(token.claims.get("iss")),
        "audience": token.claims.get("aud") if isinstance(token.claims.get("aud"), (str, list)) else "",
        "header": carrier.name.lower(),
        "scheme": carrier.before.strip(),
        "claims": claims(token.claims),
        "expires": bool(token.number("exp")),
    }
    if not token.is_hmac:
        place = (await keysets.key_set(http)).place
        found["jwks"] = f"{http.base}{place}" if place else ""
    if carrier.name.lower() == "cookie":  # what stands before the token there are cookies' names and others' values
        found["scheme"] = ""
        found["cookie"] = carrier.before.rpartition(";")[2].strip().removesuffix("=")
    return {name: value for name, value in found.items() if value not in ("", [], {})}


def claims(told: Mapping[str, Any]) -> dict[str, str]:
    """Which claim names the subject, the roles and the scopes; what no claim names is left out."""
    low = {spelt(name): name for name in told}
    wanted = {"subject": _SUBJECTS, "roles": _ROLES, "scope": _SCOPES}
    return {what: low[found] for what, names in wanted.items() if (found := next((n for n in names if n in low), ""))}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
