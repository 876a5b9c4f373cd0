"""Whether the value that a name of a secret is given can be one: the value is doubted first, the name second."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final, NamedTuple

from ostiary.parts.secrets import formats
from ostiary.parts.secrets.known import is_lookup, is_sample, is_weak
from ostiary.parts.secrets.listing import listed
from ostiary.parts.secrets.manners import Manner
from ostiary.parts.secrets.names import Meaning, meaning
from ostiary.parts.secrets.pairs import Pair
from ostiary.parts.secrets.values import (
    bits,
    is_code,
    is_hex,
    is_implausible,
    is_name,
    is_password_like,
    is_random,
    is_uuid,
    wordiness,
)

_SCHEME: Final = re.compile(r"(?i)^(?:bearer|basic|token|bot|apikey|api-key|key|ssws|digest|jwt)\s+(?=\S)")
_MADE_UP: Final = frozenset(
    listed("test tests fake dummy mock example sample invalid wrong bad demo fixture stub expected bogus placeholder")
)
_TEMPLATE: Final = re.compile(r"[<{}>$%]|\*{3}|\.{3}|…")
_TITLES: Final = {
    "password": "password",
    "secret": "secret",
    "key": "key",
    "token": "token",
    "credential": "credential",
    "salt": "salt",
}
_PART: Final = re.compile(r"[a-z]+\d?[a-z]*|[A-Z][a-z]+\d?|\d{1,2}")
_OF_PAYMENTS: Final = frozenset({"key", "secret", "salt"})
_OF_UUID: Final = frozenset({"secret", "key"})
_SHORTEST_SIGNING: Final = 4
_SHORTEST: Final = 8


class Verdict(NamedTuple):
    """What a pair is."""

    kind: str
    title: str
    certain: bool = False
    weak: bool = False
    salt: bool = False


def judged(pair: Pair, manner: Manner) -> Verdict | None:
    """What a pair is; None where it is no secret."""
    said, value = pair.meaning, pair.value
    if _MADE_UP & set(said.words) or (pair.how == "comma" and meaning(value).kind):
        return None  # ("username", "password1", "password2"): names of fields
    scheme = _SCHEME.match(value)
    if scheme:
        return _of_header(scheme[0].strip().lower(), value[scheme.end() :])
    weak = _weak(said, value, pair.how, manner)
    if weak is not None:
        return weak
    if is_implausible(value) or _says_its_name(said, value):
        return None
    known = formats.named(said.joined, value)
    if known is not None and not is_sample(value) and bits(value) > 2:  # noqa: PLR2004 - "aaaa...": a picture of one
        return Verdict(known.kind, known.title, certain=True, salt=said.payment)
    if is_uuid(value) and pair.name.startswith("_") and pair.how == "bare":
        return Verdict("npm-legacy-token", "npm token", certain=True)  # //registry.../:_authToken=
    if not _is_one(said, value, pair.how, manner):
        return None
    kind = "payment-salt" if said.payment and said.kind in _OF_PAYMENTS else f"assigned-{said.kind}"
    title = (
        "salt or key of a payment provider" if kind == "payment-salt" else f"{_TITLES[said.kind]} in {_place(manner)}"
    )
    return Verdict(kind, title, salt=kind == "payment-salt")


def _place(manner: Manner) -> str:
    return "code" if manner is Manner.CODE else "configuration"


def _of_header(scheme: str, value: str) -> Verdict | None:
    """A value of an Authorization header (RFC 7617, RFC 6750)."""
    if scheme == "basic":
        try:
            user, colon, password = base64.b64decode(value, validate=True).decode("ascii").partition(":")
        except (ValueError, binascii.Error):
            return None
        good = colon and user and len(password) >= _SHORTEST_SIGNING and not is_implausible(password)
        return (
            Verdict(
                "basic-credentials",
                "name and password of HTTP Basic",
                certain=not is_weak(password),
                weak=is_weak(password),
            )
            if good
            else None
        )
    if is_implausible(value) or not is_random(value):
        return None
    return Verdict("assigned-token", "token of an Authorization header")


def _weak(said: Meaning, value: str, how: str, manner: Manner) -> Verdict | None:
    """A word where the application signs with it, and passwords that everybody tries first."""
    if how == "same" or _TEMPLATE.search(value) or is_lookup(value) or not value.isascii():
        return None
    if said.kind == "password" and is_weak(value) and value.lower() not in said.words:
        named = (
            len(said.words) > 1 or manner in {Manner.LINES, Manner.SETTINGS} or any(each.isdigit() for each in value)
        )
        return (
            Verdict("default-password", f"password that everybody tries first, in {_place(manner)}", weak=True)
            if named
            else None
        )
    if said.signs and _SHORTEST_SIGNING <= len(value) <= 64 and not _is_name_of(said, value) and not is_random(value):  # noqa: PLR2004 - a phrase
        if "/" in value or is_code(value) or value.startswith("."):
            return None
        if value.isdigit() and how == "bare" and manner is Manner.SETTINGS:
            return None  # a number among texts: seconds, an id
        return Verdict("weak-secret", "guessable key that the application signs or encrypts with", weak=True)
    return None


def _is_one(said: Meaning, value: str, how: str, manner: Manner) -> bool:
    if said.kind == "password":
        return _is_password(value, how, manner)
    if is_uuid(value):
        return said.kind in _OF_UUID
    if said.kind == "salt" or (said.payment and said.kind in _OF_PAYMENTS):
        return _is_salt(value)
    if is_random(value):
        return said.kind != "credential" or len(value) >= 20  # noqa: PLR2004 - an auth of sixteen letters is a mode
    if said.kind == "secret" or said.signs:
        return len(value) >= _SHORTEST and is_password_like(value) and not is_code(value) and not _reads_as_name(value)
    return False


def _is_salt(value: str) -> bool:
    """PayU's salts and keys have six to eight letters; no word has their mixture."""
    mixed = any(each.isdigit() for each in value) or not (value.islower() or value.isupper() or value.istitle())
    return mixed and len(value) >= 6 and wordiness(value) < 0.6 and not is_code(value) and not value.isdigit()  # noqa: PLR2004 - as above


def _is_password(value: str, how: str, manner: Manner) -> bool:
    if is_code(value) and not is_random(value, _SHORTEST):
        return False
    if is_hex(value) and value.isdigit() and len(value) < 6:  # noqa: PLR2004 - a count
        return False
    if is_password_like(value):
        return not _reads_as_name(value) and len(value) >= 6  # noqa: PLR2004 - shorter ones are labels
    if is_random(value, 20):
        return True
    return manner is Manner.LINES and how == "bare" and value.isalpha() and len(value) >= 6  # noqa: PLR2004 - as above


def _reads_as_name(value: str) -> bool:
    """``token_v2``, ``oauth2-client``, ``my-k8s-secret``: words with separators, and a digit here and there."""
    parts = re.split(r"[_.:/-]", value)
    return all(_PART.fullmatch(each) for each in parts) and len(parts) > 1 and wordiness(value) > 0.4  # noqa: PLR2004 - nearly half


def _says_its_name(said: Meaning, value: str) -> bool:
    return is_name(value) and _is_name_of(said, value)


def _is_name_of(said: Meaning, value: str) -> bool:
    """``PASSWORD = "password"``, ``API_KEY = "x-api-key"``, ``TOKEN = "auth_token"``: a name of the field, not what is in it."""
    inner = meaning(value)
    words = set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", value).lower()))
    return bool(words) and (
        words <= set(said.words)
        or (
            inner.kind == said.kind
            and re.fullmatch(r"[A-Za-z_.-]+", value) is not None
            and bool(words & set(said.words))
        )
    )
