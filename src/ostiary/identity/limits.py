"""Every way to guess, and every visit that costs us something, is in one of these tables; what is in none is refused."""

from __future__ import annotations

from typing import Final, NamedTuple

from ostiary.errors import ConfigError
from ostiary.parts.identity_settings import Jail
from ostiary.parts.sealing import KeyRing
from ostiary.strict import Secret

__all__ = ["CLIENTS", "GUESSES", "PEOPLE", "WHERE", "Kind", "check", "pepper_of"]

WHERE: Final = "[identity.jail]"
_MOST_ACCOUNT_TRIES: Final = 100  # NIST SP 800-63B-4 section 3.2.2


class Kind(NamedTuple):
    """What is guessed at.

    :param group: kinds of one group share their tries.
    :param account: how tries at one account count, wherever they come from: "wide" (many, and sources that are known for
        it are spared), "tight" (as few as from one source), "client" (not at all: a client's secret is too long to be
        guessed, and everybody could lock it out); "": there is no account.
    :param captcha: whether failures have to be worked off.
    """

    group: str
    account: str = ""
    captcha: bool = False


# Passkeys share no tries with passwords: who is jailed with the one signs in with the other.
GUESSES: Final = {
    "password": Kind("password", "wide", captcha=True),
    "totp": Kind("code", "tight"),
    "recovery-code": Kind("code", "tight"),
    "code": Kind("code", "tight"),
    "passkey": Kind("passkey"),
    "link": Kind("link"),
    "user-code": Kind("device", "tight"),
    "client": Kind("client", "client"),
}
# What people do that costs us work or somebody a message, though nothing is guessed.
PEOPLE: Final = frozenset({
    "register", "verify", "reset", "resend", "passkey", "undo", "contact", "export", "avatar", "authorize", "captcha",
})  # fmt: skip
# What clients do; many people may be behind one source.
CLIENTS: Final = frozenset({
    "token", "par", "introspect", "revoke", "device", "userinfo", "register-client", "logout",
})  # fmt: skip


def check(jail: Jail) -> None:
    """Refuse limits that would hold nobody, or everybody.

    :raises ConfigError: says which.
    """
    if not 1 <= jail.tries <= jail.account_tries <= _MOST_ACCOUNT_TRIES:
        problem = f"must be from 1 to {_MOST_ACCOUNT_TRIES}, and account-tries not below tries"
        raise ConfigError(f"{WHERE} tries", problem, "NIST SP 800-63B-4 section 3.2.2")
    numbers = {
        "source-tries": jail.source_tries, "sends": jail.sends, "source-sends": jail.source_sends,
        "registrations": jail.registrations, "knocks": jail.knocks, "calls": jail.calls,
    }  # fmt: skip
    for name, number in numbers.items():
        if number < 1:
            raise ConfigError(f"{WHERE} {name}", "must be 1 or more")
    if jail.captcha_after < 0:
        raise ConfigError(f"{WHERE} captcha-after", "must not be below 0")
    if jail.pause <= 0:
        raise ConfigError(f"{WHERE} pause", "must be above 0", 'write "60s"')


def pepper_of(ring: KeyRing) -> Secret:
    """The key under which accounts are named in the store, which may be shared with others: nobody can try names on it."""
    return Secret(ring.digest(b"", "gate.accounts").hex())
