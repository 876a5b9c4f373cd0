"""Names are UUIDs of version 4, secrets are 256 random bits; both come from the entropy that is given."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from typing import Final

__all__ = ["new_id", "new_secret"]

_ID: Final = 16  # bytes
_SECRET: Final = 32


def new_id(entropy: Callable[[int], bytes]) -> str:
    """A name for a row (RFC 9562 section 5.4): 122 random bits, never a secret.

    :param entropy: gives that many random bytes.
    """
    return str(uuid.UUID(bytes=entropy(_ID), version=4))


def new_secret(entropy: Callable[[int], bytes]) -> str:
    """A secret of 256 random bits, as 43 characters of base64url (RFC 4648 section 5) without padding.

    :param entropy: gives that many random bytes.
    """
    return base64.urlsafe_b64encode(entropy(_SECRET)).rstrip(b"=").decode("ascii")
