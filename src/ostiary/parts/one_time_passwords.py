"""A code of an authenticator app names the step it is for, so that its caller can refuse that step a second time."""

from __future__ import annotations

import base64
import re
from typing import Final

import pyotp
from pyotp.exceptions import OTPVerificationError

__all__ = ["LENGTH", "STEP", "step_of", "uri_of", "written"]

LENGTH: Final = 20  # bytes: 160 bits, as RFC 4226 section 4 recommends (R6)
STEP: Final = 30  # seconds, RFC 6238 section 4.1; what every app assumes
_SKEW: Final = 1  # steps either way: RFC 6238 section 5.2 recommends one for the way a code takes
_DIGITS: Final = 6
_CODE: Final = re.compile(r"[0-9]{6}")
_GAPS: Final = re.compile(r"[ \t-]")


def written(secret: bytes) -> str:
    """The secret as people type it: base32 without padding (RFC 4648 section 6)."""
    return base64.b32encode(secret).decode("ascii").rstrip("=")


def uri_of(secret: bytes, *, account: str, service: str) -> str:
    """The ``otpauth://`` text that apps read from a QR code.

    :param account: whose it is, as the app shows it.
    :param service: what the service is called; a colon would end the name in the label, so it becomes a space.
    """
    made = pyotp.TOTP(written(secret), digits=_DIGITS, interval=STEP)
    return str(made.provisioning_uri(name=account.replace(":", " "), issuer_name=service.replace(":", " ")))


def step_of(secret: bytes, code: str, now: float) -> int | None:
    """The time step that a code is for (RFC 6238 section 4.2), or None where it is for none of the three that count.

    Whether the step was used before is for the caller to decide, in one statement (section 5.2).

    :param code: as typed: blanks and hyphens in it do not matter.
    :param now: seconds since the epoch.
    """
    plain = _GAPS.sub("", code) if len(code) <= 4 * _DIGITS else ""
    if _CODE.fullmatch(plain) is None:
        return None
    try:
        counter = pyotp.TOTP(written(secret), digits=_DIGITS, interval=STEP).verify_and_get_timecode(
            plain, for_time=now, valid_window=_SKEW
        )
    except OTPVerificationError:
        return None
    return int(counter)
