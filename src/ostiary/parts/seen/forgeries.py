"""Tokens as a forger writes them, from one that is believed: each is wrong in one way, and says in words which (RFC 8725)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ostiary.parts.seen import own_keys, tokens
from ostiary.parts.seen.tokens import Token

# A list of forbidden names forgets one; an empty one and one that does not exist fall through to a default.
_NONE: Final = ("none", "None", "NONE", "nOnE", "")
_STRANGE: Final = "XX256"
_SOMEBODY: Final = "ostiary-somebody-else"


class Forgery(NamedTuple):
    """One token to present; ``what`` it is, as a sentence begins."""

    what: str
    text: str


def changed(token: Token) -> list[Forgery]:
    """Signatures that do not cover what they stand under; the first has claims that nobody changed."""
    head = token.raw.rpartition(".")[0]
    return [
        Forgery("a token with a signature of nobody's", tokens.broken(token)),
        Forgery("a token with a claim added after it was signed", tokens.edited(token, ostiary="added")),
        Forgery("a token with another subject than was signed", tokens.edited(token, sub=_SOMEBODY)),
        Forgery("a token with two signatures, the first one nobody's", f"{tokens.broken(token)}.{token.signature}"),
        Forgery("a token whose signature is blank", f"{head}.AA"),
    ]


def repeats_forged(text: str) -> bool:
    """Whether a reply repeats a claim that no signature covers."""
    return _SOMEBODY in text


def swapped(token: Token, other: Token) -> Forgery:
    """One caller's claims under the signature of another."""
    text = token.raw.rpartition(".")[0]
    return Forgery("a token with the signature of another caller's", f"{text}.{other.signature}")


def unsigned(token: Token) -> list[Forgery]:
    """Tokens that say they need no signature, with none and with one that is left over; and the usual one cut off."""
    found = []
    for name in _NONE:
        header = {**token.header, "alg": name}
        what = f'an unsigned token that names "{name}" as its algorithm'
        found.append(Forgery(what, tokens.made(header, token.claims)))
        if name == "none":
            found.append(
                Forgery(f"{what}, with a signature", tokens.made(header, token.claims, signature=token.signature))
            )
    bare = token.raw.rpartition(".")[0]
    strange = {**token.header, "alg": _STRANGE}
    found += [
        Forgery("a token without its signature", f"{bare}."),
        Forgery("a token without its last part", bare),
        Forgery(
            "a token of an algorithm that does not exist", tokens.made(strange, token.claims, signature="b3N0aWFyeQ")
        ),
    ]
    return found


def confused(token: Token, keys: Sequence[bytes]) -> list[Forgery]:
    """Tokens whose HMAC is keyed with what everybody can read: the issuer's public key, in its spellings."""
    if token.is_hmac:
        return []
    header = {**token.header, "alg": "HS256"}
    return [Forgery("a token signed with the public key", tokens.made(header, token.claims, key)) for key in keys]


def bringing_its_key(token: Token) -> list[Forgery]:
    """Tokens whose header holds the key to check them with: ours (``jwk``, RFC 7515 section 4.1.3)."""
    algorithm = own_keys.algorithm_for(token.algorithm)
    key = own_keys.public(algorithm)
    header = {"alg": algorithm, "typ": token.header.get("typ", "JWT"), "kid": key["kid"], "jwk": key}
    shared = {"kty": "oct", "k": "b3N0aWFyeS1vc3RpYXJ5LW9zdGlhcnktb3N0aWFyeQ"}  # ostiary:probe
    symmetric = {"alg": "HS256", "typ": header["typ"], "jwk": shared}
    what = "a token that brings its own key"
    return [
        Forgery(what, tokens.ours(header, token.claims)),
        Forgery(what, tokens.made(symmetric, token.claims, own_keys.SHARED)),
    ]


def led_astray(token: Token) -> list[Forgery]:
    """Tokens whose ``kid`` is a path or a query that finds a key which a forger knows."""
    head = {**token.header, "alg": token.algorithm if token.is_hmac else "HS256"}
    up = "../" * 8
    files = [(f"{up}dev/null", b""), ("/dev/null", b"")]
    found = [
        Forgery("a token whose kid leads to an empty file", tokens.made({**head, "kid": kid}, token.claims, key))
        for kid, key in files
    ]
    query = tokens.made({**head, "kid": "ostiary' UNION SELECT 'ostiary'-- "}, token.claims, b"ostiary")
    return [*found, Forgery("a token whose kid is SQL that answers with the forger's key", query)]


def pointing_to(token: Token, name: str, url: str) -> Forgery:
    """A token that says where its key is to be fetched from (``jku``, ``x5u``; RFC 7515 sections 4.1.2 and 4.1.5)."""
    algorithm = own_keys.algorithm_for(token.algorithm)
    header = {"alg": algorithm, "typ": token.header.get("typ", "JWT"), "kid": own_keys.KEY_ID, name: url}
    return Forgery(f"a token whose {name} says where to fetch its key", tokens.ours(header, token.claims))
