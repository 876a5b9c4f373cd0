"""What flows need is given to them here, time and randomness too; nothing is global."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ostiary.identity.storage.database import Database
from ostiary.parts.identity_settings import Identity
from ostiary.parts.sealing import KeyRing
from ostiary.store.ports import Store

if TYPE_CHECKING:
    from ostiary.identity.gate import Gate
    from ostiary.identity.outgoing import Outgoing
    from ostiary.identity.signing import Signing
    from ostiary.parts.passwords import Hasher

__all__ = ["Services", "Visit"]


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a flow may use.

    :param issuer: the public URL, checked, without a slash at its end.
    :param now: seconds since the epoch.
    :param entropy: gives that many random bytes.
    """

    settings: Identity
    issuer: str
    database: Database
    ring: KeyRing
    store: Store
    hasher: Hasher
    gate: Gate
    outgoing: Outgoing
    signing: Signing
    now: Callable[[], float]
    entropy: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is at the door, as far as the network tells: for limits and the audit log, never for trust.

    :param source: the client's address; behind a gateway, what the gateway says (X-Forwarded-For of a trusted peer).
    :param agent: the User-Agent header field, cut to 200 characters.
    :param browser: an id of this browser before anybody is signed in (a cookie of ours); "" without one.
    :param captcha: the answer to a proof of work, if one came along.
    """

    source: str
    agent: str = ""
    browser: str = ""
    captcha: str = ""
