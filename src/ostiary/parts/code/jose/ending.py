"""How long a token lives that code issues."""

from __future__ import annotations

from ostiary.parts.code.jose.signing import Signing
from ostiary.parts.code.lifetimes import seconds_of


def life(signing: Signing) -> tuple[float | None, bool]:
    """Seconds that a token lives, and whether anything is said about it."""
    expiry = signing.expiry
    bare = 1.0 if signing.call.name.startswith(("jsonwebtoken", "*jose")) else None
    if expiry is None:
        expiry = signing.claims.get("exp")
        bare = 1.0
    if expiry is None or expiry.literal is None:
        return None, False
    is_absolute = "exp" in signing.claims and expiry is signing.claims.get("exp") and expiry.known
    return (None if is_absolute else seconds_of(expiry, number=bare)), True
