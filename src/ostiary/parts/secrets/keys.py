"""Private keys in a text: PEM and OpenPGP armour with something in it, PuTTY's, JSON Web Keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

_BEGIN: Final = re.compile(r"-----BEGIN (?P<what>(?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?)-----")
_RUN: Final = re.compile(r"[A-Za-z0-9+/]{32,}")
_END: Final = "-----END "
_MOST: Final = 16_384  # characters of a key
_PUTTY: Final = re.compile(r"PuTTY-User-Key-File-[23]: [\w-]{3,40}")
_JWK: Final = re.compile(r"[\"']d[\"']\s{0,4}:\s{0,4}[\"'](?P<d>[A-Za-z0-9_-]{40,700})[\"']")
_KTY: Final = re.compile(r"[\"']kty[\"']\s{0,4}:\s{0,4}[\"'](?:RSA|EC|OKP)[\"']")
_MOST_HEADERS: Final = 500  # looked at in a text
_NEAR: Final = 4096


class Key(NamedTuple):
    """A private key; ``locked``: a passphrase protects it."""

    kind: str
    title: str
    value: str
    start: int
    locked: bool = False


def keys(text: str) -> Iterator[Key]:
    """Every private key; a header without a key after it is a program that looks for one, or a manual."""
    if "PRIVATE KEY" in text:
        for found in islice(_BEGIN.finditer(text), _MOST_HEADERS):
            key = _of_armour(text, found)
            if key is not None:
                yield key
    if "PuTTY-User-Key-File-" in text:
        for found in islice(_PUTTY.finditer(text), _MOST_HEADERS):
            if "Private-Lines:" in text[found.end() : found.end() + _MOST]:
                yield Key("private-key", "PuTTY private key", found[0] + "\n", found.start())
    if "kty" in text:
        for found in islice(_JWK.finditer(text), _MOST_HEADERS):
            if _KTY.search(text, max(0, found.start() - _NEAR), found.end() + _NEAR):
                yield Key("private-jwk", "private JSON Web Key", found["d"], found.start("d"))


def _of_armour(text: str, found: re.Match[str]) -> Key | None:
    end = text.find(_END, found.end(), found.end() + _MOST)
    body = text[found.end() : end if end >= 0 else found.end() + 400]
    first = _RUN.search(body)
    if first is None or len(set(first[0])) < 10:  # noqa: PLR2004 - "AAAA...": a picture of a key
        return None
    what = found["what"]
    locked = "ENCRYPTED" in what or "Proc-Type: 4,ENCRYPTED" in body
    title = (
        "private key with a passphrase"
        if locked
        else f"{what.removesuffix(' BLOCK').capitalize().replace('Rsa', 'RSA').replace('Pgp', 'PGP').replace('Ec ', 'EC ').replace('Openssh', 'OpenSSH')}"
    )
    return Key(
        "encrypted-private-key" if locked else "private-key",
        title,
        found[0] + "\n" + re.sub(r"\W|\\n", "", body),
        found.start(),
        locked,
    )
