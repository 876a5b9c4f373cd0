"""A password alone is not enough where a second factor is set up; recovery codes stand in for one, and are none."""

from __future__ import annotations

from ostiary.identity.storage import factors
from ostiary.identity.storage.database import AsyncConnection

__all__ = ["owed"]


async def owed(connection: AsyncConnection, user_id: str) -> tuple[str, ...]:
    """Which second factors a sign-in with a password still owes one of: "totp", "passkey", "recovery-code".

    Empty where neither an app nor a passkey is set up. A sign-in with a passkey owes nothing: user verification and
    possession are two factors (NIST SP 800-63B-4 section 3.1.7).
    """
    found = await factors.set_up(connection, user_id)
    if not found.totp and not found.passkeys:
        return ()
    several = {"totp": found.totp, "passkey": found.passkeys > 0, "recovery-code": found.codes > 0}
    return tuple(name for name, there in several.items() if there)
