"""A webhook's signature is computed anew over the bytes that came, and compared in constant time; each sender's way is a row."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

MOST_SIGNATURES: Final = 10  # in one header: more is not rotation
_SECONDS: Final = re.compile(r"[0-9]{1,12}")

Head = Callable[[str], str | None]  # the one value of a header field by lower-case name; None: absent or repeated


class Signed(NamedTuple):
    """What a head claims: the signatures to compare with, the bytes before the body they are over, and when it was made."""

    signatures: Sequence[bytes]
    before: bytes = b""
    made: float | None = None  # seconds since the epoch; None: the sender does not say, or does not sign it


class Scheme(NamedTuple):
    """One sender's way to sign: `claims` reads a head (None: it is not signed so), `key` makes a key of a secret."""

    claims: Callable[[Head], Signed | None]
    key: Callable[[str], bytes] = str.encode
    digest: str = "sha256"
    timed: bool = True


class Form(NamedTuple):
    """How a sender signs whose way is none of those known here.

    `signed` is what the MAC is over: ``{body}`` at its end, before it text, ``{timestamp}`` and ``{id}``.
    """

    header: str
    digest: str = "sha256"
    encoding: str = "hex"  # or base64
    prefix: str = ""
    timestamp_header: str = ""
    id_header: str = ""
    signed: str = "{body}"


def computed(scheme: Scheme, secret: bytes, before: bytes, body: bytes) -> bytes:
    """The MAC (RFC 2104) that a genuine sender would have made."""
    mac = hmac.new(secret, before, scheme.digest)
    mac.update(body)
    return mac.digest()


def genuine(scheme: Scheme, secrets: Iterable[bytes], signed: Signed, body: bytes) -> bool:
    """Whether one of the signatures was made with one of the secrets; every pair is compared, in constant time."""
    found = False
    for secret in secrets:
        expected = computed(scheme, secret, signed.before, body)
        for each in signed.signatures:
            found |= hmac.compare_digest(expected, each)
    return found


def name_of(signed: Signed, body: bytes) -> str:
    """A name for a delivery: over what was signed, so that no other spelling of its signature is another delivery."""
    return hashlib.sha256(signed.before + b"\0" + body).hexdigest()


def standard_key(secret: str) -> bytes:
    """The key of a Standard Webhooks secret, ``whsec_`` and base64.

    :raises ValueError: when it is neither, or shorter than 24 bytes (the specification's least).
    """
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if len(key) < 24:  # noqa: PLR2004 - Standard Webhooks, "Signature scheme"
        msg = "not a Standard Webhooks secret: whsec_ and base64 of 24 to 64 bytes"
        raise ValueError(msg)
    return key


def _hex(texts: Iterable[str]) -> list[bytes]:
    return [bytes.fromhex(each) for each in texts if re.fullmatch(r"(?:[0-9a-f]{2}){1,64}", each)]


def _base64(texts: Iterable[str]) -> list[bytes]:
    found = []
    for each in texts:
        try:
            found.append(base64.b64decode(each, validate=True))
        except (binascii.Error, ValueError):
            continue
    return found


def _time(text: str | None) -> float | None:
    return float(text) if text is not None and _SECONDS.fullmatch(text) else None


def _standard(head: Head) -> Signed | None:
    """Standard Webhooks 1.0: ``id.timestamp.body``; symmetric signatures are those with ``v1``. Svix names its fields so too."""
    for brand in ("webhook", "svix"):
        id_, stamp, said = head(f"{brand}-id"), head(f"{brand}-timestamp"), head(f"{brand}-signature")
        made = _time(stamp)
        if id_ and stamp and said and made is not None:
            texts = [each[3:] for each in said.split(" ")[:MOST_SIGNATURES] if each.startswith("v1,")]
            return Signed(_base64(texts), f"{id_}.{stamp}.".encode("latin-1"), made)
    return None


def _github(head: Head) -> Signed | None:
    said = head("x-hub-signature-256")
    return None if said is None or not said.startswith("sha256=") else Signed(_hex([said[7:]]))


def _stripe(head: Head) -> Signed | None:
    pairs = [each.partition("=") for each in (head("stripe-signature") or "").split(",")[: MOST_SIGNATURES + 2]]
    stamps = [value for name, _, value in pairs if name.strip() == "t"]
    made = _time(stamps[0]) if len(stamps) == 1 else None
    if made is None:
        return None
    return Signed(_hex(value for name, _, value in pairs if name.strip() == "v1"), f"{stamps[0]}.".encode(), made)


def _slack(head: Head) -> Signed | None:
    stamp, said = head("x-slack-request-timestamp"), head("x-slack-signature")
    made = _time(stamp)
    if made is None or said is None or not said.startswith("v0="):
        return None
    return Signed(_hex([said[3:]]), f"v0:{stamp}:".encode(), made)


def _shopify(head: Head) -> Signed | None:
    said = head("x-shopify-hmac-sha256")
    return None if said is None else Signed(_base64([said]))


SCHEMES: Final = {
    "standard-webhooks": Scheme(_standard, standard_key),
    "github": Scheme(_github, timed=False),
    "stripe": Scheme(_stripe),
    "slack": Scheme(_slack),
    "shopify": Scheme(_shopify, timed=False),
}


def of_form(form: Form) -> Scheme:
    """A scheme from its description.

    :raises ValueError: when `signed` does not end with the body, or needs a header that is not named.
    """
    lead, mark, rest = form.signed.partition("{body}")
    if not mark or rest or not form.header:
        msg = "a header, and a text that ends with {body}, are needed"
        raise ValueError(msg)
    for word, header in (("{timestamp}", form.timestamp_header), ("{id}", form.id_header)):
        if (word in lead) != bool(header):
            msg = f"{word} in the signed text and its header go together: what is not signed proves nothing"
            raise ValueError(msg)
    names = {each: each.lower() for each in (form.header, form.timestamp_header, form.id_header)}

    def claims(head: Head) -> Signed | None:
        said = head(names[form.header])
        stamp = head(names[form.timestamp_header]) if form.timestamp_header else ""
        id_ = head(names[form.id_header]) if form.id_header else ""
        made = _time(stamp) if form.timestamp_header else None
        if not said or not said.startswith(form.prefix) or stamp is None or id_ is None:
            return None
        if form.timestamp_header and made is None:
            return None
        text = said[len(form.prefix) :]
        before = lead.replace("{timestamp}", stamp).replace("{id}", id_)
        found = _base64([text]) if form.encoding == "base64" else _hex([text.lower()])
        return Signed(found, before.encode("latin-1"), made)

    return Scheme(claims, digest=form.digest, timed=bool(form.timestamp_header))
