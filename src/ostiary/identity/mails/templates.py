"""Every mail and text, by name, with the values it needs: nothing that a stranger chose is ever part of one."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from typing import Final, NamedTuple

__all__ = ["MAILS", "TEXTS", "Template", "lifetime", "needs", "write"]


class Template(NamedTuple):
    """A message: `subject` and `body` with ``{names}`` of values; texts have no subject."""

    subject: str
    body: str


_SIGNED: Final = """
--\x20
{title}, {issuer}

This mail was written by a program on {at}. Answers to it are not read.
"""
_NOT_YOU: Final = """
If this was not you, somebody else may have been in your account. Set a new
password on {issuer} ("forgotten password"), which ends every session, and then
look at what your account's list of events shows.
"""
_IGNORE: Final = """
If this was not you, you need not do anything: without the link nothing happens.
Give the link to nobody, whoever asks for it.
"""
_ASKED: Final = """
If this was not you, somebody is in your account now: sign in on
{issuer}, end all other sessions and set a new password.
"""
_UNDO: Final = """
If this was not you, follow this link within {days} days:

    {link}

It puts back what was there before, ends every session and every application's
access, and asks you for a new password. It works once.
"""

MAILS: Final[Mapping[str, Template]] = {
    "verify-email": Template(
        "Confirm your address for {title}",
        """Somebody, probably you, made an account at {title} with this address on
{at}. Follow this link to confirm that the address is yours:

    {link}

It works once, and for {lifetime}.
"""
        + _IGNORE,
    ),
    "already-registered": Template(
        "You already have an account at {title}",
        """Somebody, probably you, tried to make an account at {title} with this
address on {at}. There is one already: sign in at

    {link}

or ask there for a new password if you have forgotten yours.

If this was not you, you need not do anything: nothing was changed, and who
tried was not told that the account exists.
""",
    ),
    "reset-password": Template(
        "Set a new password for {title}",
        """Somebody, probably you, asked on {at} for a new
password for your account at {title}. Follow this link to choose one:

    {link}

It works once, and for {lifetime}. All sessions end when the password is set.

If this was not you, you need not do anything: your password stays as it is.
Give the link to nobody, whoever asks for it.
""",
    ),
    "password-changed": Template(
        "Your password for {title} was changed",
        """The password of your account at {title} was changed on {at}.
All other sessions were ended.
"""
        + _NOT_YOU,
    ),
    "change-email": Template(
        "Confirm your new address for {title}",
        """Somebody, probably you, asked on {at} to use this address
for an account at {title}. Follow this link, in the browser you are signed in
with, to confirm that the address is yours:

    {link}

It works once, and for {lifetime}. Until then nothing is changed.
"""
        + _IGNORE,
    ),
    "change-email-taken": Template(
        "This address has an account at {title} already",
        """Somebody asked on {at} to use this address for another
account at {title}. That cannot be, because it is the address of your account.
Nothing was changed, and who asked was not told that your account exists.

If this was you, sign in at {issuer} with this address instead. If it was not
you, you need not do anything.
""",
    ),
    "email-change-asked": Template(
        "A new address for your account at {title} was asked for",
        """On {at} somebody who was signed in to your account at
{title} asked to use another e-mail address for it. It takes effect once the new
address is confirmed; you will be told here then.
"""
        + _ASKED,
    ),
    "email-changed": Template(
        "Your address at {title} was changed",
        """The e-mail address of your account at {title} was changed on
{at}. This address is not used any longer.
"""
        + _UNDO,
    ),
    "email-changed-to": Template(
        "This is the address of your account at {title} now",
        """Your account at {title} has had this e-mail address since
{at}. All sessions were ended.
"""
        + _NOT_YOU,
    ),
    "phone-change-asked": Template(
        "A new telephone number for your account at {title} was asked for",
        """On {at} somebody who was signed in to your account at
{title} asked to use another telephone number for it. It takes effect once the
new number is confirmed; you will be told here then.
"""
        + _ASKED,
    ),
    "phone-changed": Template(
        "Your telephone number at {title} was changed",
        """The telephone number of your account at {title} was changed on
{at}. All other sessions were ended.
"""
        + _UNDO,
    ),
    "contact-restored": Template(
        "Your account at {title} is as it was before",
        """On {at} the link "this was not me" was followed for your
account at {title}. What had been changed was put back, every session and every
application's access was ended, and what could have been set up for signing in
since then was removed. Nobody can sign in before a new password is set, for which
you get another mail: choose one that you use nowhere else, and set your second
factor up again.

If it was not you who followed the link, set a new password all the same: whoever
did reads your mail, so change the password of your mailbox too.
""",
    ),
    "contact-locked": Template(
        "Your account at {title} was locked",
        """On {at} the link "this was not me" was followed for an account at
{title} that had this address before. The address belongs to another account by
now, so it could not be put back. Instead the account was locked, and every
session and every application's access was ended.

Write to whoever runs {issuer} to have it back.
""",
    ),
    "account-deleted": Template(
        "Your account at {title} was deleted",
        """Your account at {title} was deleted on {at}, with all that was
kept about you. It cannot be brought back.

If this was not you, somebody else was in your account: change the password
wherever you used the same one, and write to whoever runs {issuer}.
""",
    ),
    "account-disabled": Template(
        "Your account at {title} was locked",
        """Your account at {title} was locked on {at}, because its
password was guessed wrongly too often.

Set a new password on {issuer} ("forgotten password"): that unlocks it. If it was
not you who tried, nobody has come in; choose a password that you use nowhere
else.
""",
    ),
    "compromised": Template(
        "Set a new password for {title}",
        """Whoever runs {title} has found that your password may be known to
others. On {at} every session of your account was ended, and its
password does not work any longer.

Go to {issuer} yourself, ask there for a new password ("forgotten password"), and
change it wherever else you used the old one. This mail holds no link to click on
purpose.
""",
    ),
    "new-session": Template(
        "Somebody signed in to your account at {title}",
        """Your account at {title} was signed in to on {at} from a browser
that had not been seen before.
"""
        + _NOT_YOU,
    ),
    "factor-added": Template(
        "A second factor was added to your account at {title}",
        """{factor} was set up for your account at {title} on {at}.
"""
        + _NOT_YOU,
    ),
    "factor-removed": Template(
        "A second factor was removed from your account at {title}",
        """{factor} was removed from your account at {title} on {at}.
"""
        + _NOT_YOU,
    ),
    "recovery-code-used": Template(
        "A recovery code of your account at {title} was used",
        """A recovery code was used to sign in to your account at {title} on
{at}. It does not work again; {left} are left.
"""
        + _NOT_YOU,
    ),
    "recovery-codes-made": Template(
        "New recovery codes for your account at {title}",
        """New recovery codes were made for your account at {title} on
{at}. Older ones do not work any longer.
"""
        + _NOT_YOU,
    ),
}

TEXTS: Final[Mapping[str, Template]] = {
    "phone-code": Template(
        "", "{code} is your code for {title}, for {lifetime}. Give it to nobody. Not you? Nothing happens without it."
    ),
    "phone-change-asked": Template(
        "", "{title}: another number was asked for on {at}. Not you? Sign in at {issuer}, end all other sessions, set a new password."
    ),
    "phone-taken": Template(
        "", "{title}: on {at} somebody asked to use this number for another account. It stays yours, nothing was changed."
    ),
    "phone-changed": Template(
        "", "{title}: this number was replaced on {at}. Not you? Follow this within {days} days: {link}"
    ),
}  # fmt: skip

_WIDTH: Final = 76  # characters
_ALWAYS: Final = frozenset({"title", "issuer", "at"})


class _Names(dict[str, str]):
    def __missing__(self, name: str) -> str:
        self[name] = ""
        return ""


def needs(template: Template) -> frozenset[str]:
    """The values that a template needs from its sender, besides those that every message has."""
    names = _Names()
    (template.subject + template.body).format_map(names)
    return frozenset(names) - _ALWAYS


def write(template: Template, values: Mapping[str, str], *, signed: bool) -> tuple[str, str]:
    """Subject and body.

    :param values: exactly those that it needs, besides title, issuer and at.
    :param signed: with who writes and when below: for mails.
    :raises ValueError: when one is missing, or one too many: it would not be what was meant.
    """
    if set(values) - _ALWAYS != needs(template) or not set(values) >= _ALWAYS:
        raise ValueError("a message was given other values than it needs")
    body = template.body.format_map(values)
    if signed:
        body = _laid_out(body + _SIGNED.format_map(values))
    return template.subject.format_map(values), body


def _laid_out(text: str) -> str:
    """Paragraphs as wide as windows are; what is indented, and what begins with dashes, keeps its lines."""
    blocks = [each.strip("\n") for each in re.split(r"\n{2,}", text)]
    laid = [
        each
        if each.startswith((" ", "-- "))
        else textwrap.fill(each, _WIDTH, break_long_words=False, break_on_hyphens=False)
        for each in blocks
    ]
    return "\n\n".join(laid) + "\n"


def lifetime(seconds: float) -> str:
    """A span of time as people say it: "20 minutes", "24 hours", "7 days"."""
    for name, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * length or (seconds >= length and seconds % length == 0):
            count = int(seconds // length)
            return f"{count} {name}" + ("s" if count != 1 else "")
    return f"{int(seconds)} seconds"
