"""An e-mail address is read once, by one library, without asking the network; people are told apart by its folded form."""

from __future__ import annotations

from typing import Final, NamedTuple

from email_validator import EmailNotValidError, validate_email

__all__ = ["Address", "email_address", "normalised_email"]

_LONGEST: Final = 254  # characters: RFC 5321 section 4.5.3.1.3, without the angle brackets


class Address(NamedTuple):
    """An address twice: `written` is where mail goes, `key` is what makes it the same address as another."""

    written: str
    key: str


def email_address(text: str) -> Address:
    """Read an address (RFC 5321 mailbox): no display name, no comment, no quoted local part, no address literal.

    Local parts are ASCII: mail servers that take others are few, and letters of other scripts that look like these
    would make two people of one in the eyes of whoever reads a list. Domains may be international; they are kept in
    their ASCII form (RFC 5891), which looks like nothing else. RFC 5321 lets a mail server tell capital letters apart
    in a local part; none that matters does, so mail goes to what was written and the key is in small letters.

    :raises ValueError: with a clause that says what is wrong and repeats nothing.
    """
    if len(text) > _LONGEST:
        msg = "is longer than an address can be"
        raise ValueError(msg)
    try:
        read = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        msg = "is not an e-mail address"
        raise ValueError(msg) from None  # the library's message quotes what was sent
    written = read.ascii_email
    if written is None:
        msg = "has letters before the @ that many mail servers do not take"
        raise ValueError(msg)
    return Address(written, written.lower())


def normalised_email(text: str) -> str:
    """The form by which addresses are compared and looked up.

    :raises ValueError: as `email_address`.
    """
    return email_address(text).key
