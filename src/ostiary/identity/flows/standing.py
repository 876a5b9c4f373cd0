"""An account with a proven address and a password of its own may do everything; until then it may do little, and hears why.

Where the settings let ``unproven`` accounts sign in, an address that has not proven itself is a claim: such an account looks at
itself, proves the address, changes its password or goes. It gets no second factor and no other contact, and what it had
let in dies with a reset, so that somebody who registers another person's address has nothing left in it when that person
takes it over. An account that has to choose another password does that first. ``/me`` says what is in the way.
"""

from __future__ import annotations

from typing import Final

from ostiary.errors import Denied
from ostiary.identity.storage.users import User

__all__ = ["LIMITS", "check", "limits"]

# what an account lacks -> what it may do nevertheless
_ALWAYS: Final = frozenset({
    ("GET", "/me"), ("DELETE", "/me/session"), ("PUT", "/me/password"), ("POST", "/me/fresh"), ("POST", "/me/fresh/options"),
    ("POST", "/me/session/totp"), ("POST", "/me/session/recovery-code"), ("POST", "/me/session/passkey"),
    ("POST", "/me/session/passkey/options"), ("POST", "/accounts/verification"), ("POST", "/accounts/verification/resend"),
})  # fmt: skip
LIMITS: Final = {
    "email-unproven": _ALWAYS | {
        ("DELETE", "/me"), ("GET", "/me/sessions"), ("DELETE", "/me/sessions"), ("DELETE", "/me/sessions/{id}"),
        ("GET", "/me/events"), ("GET", "/me/export"), ("GET", "/me/factors"), ("GET", "/me/consents"), ("GET", "/me/avatar"),
    },
    "password-to-change": _ALWAYS,
}  # fmt: skip
_SAID: Final = {
    "email-unproven": "confirm the address of this account first",
    "password-to-change": "choose a new password first",
}


def limits(user: User) -> tuple[str, ...]:
    """What is in the way of this account, as ``/me`` lists it; empty when nothing is."""
    found = {
        "email-unproven": bool(user.email) and user.email_verified_at is None,
        "password-to-change": user.must_change_password,
    }
    return tuple(name for name, is_so in found.items() if is_so)


def check(user: User, method: str, path: str) -> None:
    """Refuse what an account may not do yet.

    :param path: of the call, as its table writes it: ``/me/sessions/{id}``; a name that no limit knows is refused.
    :raises Denied: 403, with what is needed first.
    """
    for name in limits(user):
        if (method, path) not in LIMITS[name]:
            raise Denied(403, _SAID[name], members={"needs": name})
