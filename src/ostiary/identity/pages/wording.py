"""What machines call things, in the words of people: events of an account, browsers by what they say they are."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["browser", "event", "grouped"]

_EVENTS: Final = {
    "account.registered": "The account was made",
    "account.registered-again": "Somebody tried to register with your address",
    "account.verified": "The address was confirmed",
    "account.changed": "The name was changed",
    "account.exported": "The data was downloaded",
    "account.disabled": "The account was closed",
    "account.enabled": "The account was opened again",
    "account.avatar-changed": "The picture was changed",
    "account.role-changed": "The role was changed",
    "signin.failed": "Somebody tried a wrong password",
    "signin.jailed": "Too many tries: further ones are refused for a while",
    "session.opened": "Somebody signed in",
    "session.stepped-up": "Somebody showed once more that it is you",
    "session.ended": "A session ended",
    "session.all-ended": "All sessions ended",
    "password.changed": "The password was changed",
    "password.reset-asked": "A link for a new password was asked for",
    "password.reset": "A new password was set by a mailed link",
    "password.closed": "The password was closed: it was guessed at too often",
    "password.must-change": "A new password has to be chosen",
    "email.change-asked": "Another e-mail address was asked for",
    "email.changed": "The e-mail address was changed",
    "phone.change-asked": "Another telephone number was asked for",
    "phone.changed": "The telephone number was changed",
    "contact.undone": "A change of a contact was taken back",
    "totp.begun": "An authenticator app was begun to be set up",
    "totp.added": "An authenticator app was added",
    "totp.removed": "The authenticator app was removed",
    "passkey.added": "A passkey was added",
    "passkey.removed": "A passkey was removed",
    "recovery-codes.made": "Recovery codes were made",
    "recovery-code.used": "A recovery code was used",
    "factor.failed": "Somebody tried a wrong code",
    "factor.closed": "A second factor was closed: it was guessed at too often",
    "consent.given": "An application was allowed in",
    "consent.withdrawn": "An application was turned out",
    "grant.given": "An application got access",
    "grant.ended": "The access of an application ended",
    "code.replayed": "A code was used twice: what it had given was taken back",
    "refresh.replayed": "A token was used twice: what it had given was taken back",
    "token.revoked": "A token was given back",
    "device.allowed": "A device was allowed in",
    "device.denied": "A device was turned away",
}
# Order matters: almost all of them call themselves by the names of others too.
_BROWSERS: Final = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"), ("HeadlessChrome", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def event(what: str) -> str:
    """A sentence for an event; its name, spelt out, where there is none."""
    return _EVENTS.get(what, what.replace(".", ": ").replace("-", " "))


def browser(agent: str) -> str:
    """A User-Agent as people would say it: "Firefox on Linux"; "" for what is none of the usual ones."""
    name = next((said for mark, said in _BROWSERS if f"{mark}/" in agent or f"{mark}A/" in agent), "")
    system = next((said for mark, said in _SYSTEMS if mark in agent), "")
    return f"{name} on {system}" if name and system else name


def grouped(text: str) -> str:
    """A long secret in groups of four, for whoever types it."""
    return re.sub(r"(.{4})(?=.)", r"\1 ", text)
