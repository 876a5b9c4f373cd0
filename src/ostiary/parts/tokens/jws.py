"""A compact JWS is taken apart byte for byte before any cryptography; joserfc is imported here alone."""

from __future__ import annotations

import base64
import binascii
import warnings
from typing import Any, Final, NamedTuple, cast

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from ostiary.parts import json_text
from ostiary.parts.tokens.algorithms import ALGORITHMS, BY_CURVE, EDWARDS, RSA, SECRET
from ostiary.strict import DecodeError, loads

__all__ = ["ALGORITHMS", "Compact", "Key", "Malformed", "Unusable", "decode", "key_of_jwk", "key_of_pem", "key_of_secret", "parse", "read_object"]  # fmt: skip

MOST_KID = 256  # characters
MOST_BITS = 8192  # of an RSA modulus: verifying with a larger one takes longer than a request is worth
LEAST_EXPONENT = 3  # and odd: smaller ones leave the message readable
LEAST_BITS = 2048  # NIST SP 800-131A rev. 2, table 2
# Members of a header by which its writer would choose the key (RFC 7515 sections 4.1.2 to 4.1.6), compress what is
# signed, change what is signed (RFC 7797), or demand what we do not do (section 4.1.11: an unknown `crit` must be refused).
REFUSED: Final = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"})


def _powers(prime: int) -> frozenset[int]:
    return frozenset(pow(65537, exponent, prime) for exponent in range(prime - 1))


# Keys of Infineon's RSALib are powers of 65537 modulo each of these; others once in 2^27 (CVE-2017-15361).
_ROCA: Final = tuple(
    (prime, _powers(prime)) for prime in range(3, 168) if all(prime % each for each in range(2, prime))
)


class Malformed(ValueError):  # noqa: N818 - what it is, not that it happened
    """A text is not what it should be; the message names the rule and repeats nothing of the text."""


class Unusable(ValueError):  # noqa: N818 - as above
    """A key cannot be used to verify; the message says why and repeats nothing of a secret."""


class Compact(NamedTuple):
    """A JWS in its parts; nothing of it is believed yet."""

    header: dict[str, Any]
    payload: bytes
    signed: bytes  # what the signature is over
    signature: bytes


class Key:
    """A key of ours, bound to one algorithm (`algorithms` has two names where the algorithm has)."""

    __slots__ = ("_key", "_model", "algorithms", "kid", "symmetric", "thumbprint")

    def __init__(self, key: OctKey | RSAKey | ECKey | OKPKey, algorithms: frozenset[str], kid: str) -> None:
        self.algorithms = algorithms
        self.kid = kid  # "" where it has none
        self.symmetric = isinstance(key, OctKey)
        self.thumbprint = key.thumbprint()  # RFC 7638
        self._key: Any = key
        self._model: Any = JWSRegistry.algorithms[
            "EdDSA" if not algorithms.isdisjoint(EDWARDS) else next(iter(algorithms))
        ]

    def verify(self, signed: bytes, signature: bytes) -> bool:
        """Whether the signature over these bytes was made with this key; what cannot be checked was not."""
        try:
            return bool(self._model.verify(signed, signature, self._key))
        except Exception:  # a library that stumbles over a signature has not found it good
            return False


def decode(text: bytes, what: str) -> bytes:
    """Read base64url without padding, and only the one spelling that encodes its bytes (RFC 7515 section 2).

    :raises Malformed: for padding, foreign characters, and bits behind the end that are not zero.
    """
    try:
        raw = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise Malformed(f"the {what} is not base64url") from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != text:
        raise Malformed(f"the {what} is not base64url in its one spelling")
    return raw


def read_object(text: bytes, what: str) -> dict[str, Any]:
    """Read a JSON object in which no member is named twice, at whatever level (RFC 7515 section 4).

    :raises Malformed: when it is not one.
    """
    try:
        found = loads(text)
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"the {what} is not JSON") from error
    if not isinstance(found, dict):
        raise Malformed(f"the {what} is not an object")
    if json_text.members(text) != _members(found):
        raise Malformed(f"the {what} names a member twice")
    return found


def _members(value: Any) -> int:
    count = 0
    todo = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, dict):
            count += len(each)
            todo += each.values()
        elif isinstance(each, list):
            todo += each
    return count


def parse(token: bytes, *, longest: int, embedded: bool = False) -> Compact:
    """Take a compact JWS apart.

    :param longest: bytes; a longer one is not looked at.
    :param embedded: whether the header brings its own key (``jwk``), as a DPoP proof must (RFC 9449 section 4.2).
    :raises Malformed: for anything but three canonical base64url parts with a plain JSON header and a signature.
    """
    if len(token) > longest:
        raise Malformed("the token is too long")
    parts = token.split(b".", 5)
    if len(parts) != 3:  # noqa: PLR2004 - RFC 7515 section 7.1; five would be a JWE
        raise Malformed("the token is not a signed one of three parts")
    first, second, third = parts
    header = read_object(decode(first, "header"), "header")
    _check_header(header, embedded=embedded)
    payload = decode(second, "payload")
    signature = decode(third, "signature")
    if not signature:
        raise Malformed("the token is not signed")
    return Compact(header, payload, first + b"." + second, signature)


def _check_header(header: dict[str, Any], *, embedded: bool) -> None:
    refused = REFUSED & header.keys()
    if refused - ({"jwk"} if embedded else set()):
        raise Malformed("the header asks for what tokens may not choose here")
    alg = header.get("alg")
    if (
        not isinstance(alg, str) or alg not in ALGORITHMS
    ):  # "none" in whatever spelling, encryption, and what does not exist
        raise Malformed("the algorithm is none that is believed")
    kid = header.get("kid", "")
    if not isinstance(kid, str) or len(kid) > MOST_KID or not kid.isprintable():
        raise Malformed("the key id is not a short text")
    if not isinstance(header.get("typ", ""), str):
        raise Malformed("the type is not a text")


def key_of_jwk(jwk: Any, algorithms: tuple[str, ...] = ()) -> Key | None:
    """The verification key in a JWK (RFC 7517), or None where it is one for something else.

    :param algorithms: what the policy allows; empty: what the key says itself.
    :raises Unusable: when it would be one, but is too weak, private, broken, or of an algorithm that is not allowed.
    """
    if not isinstance(jwk, dict) or not all(isinstance(each, str) for each in jwk):
        raise Unusable("a key is not an object")
    operations = jwk.get("key_ops")
    if jwk.get("use", "sig") != "sig" or (isinstance(operations, list) and "verify" not in operations):
        return None
    kind, alg = jwk.get("kty"), jwk.get("alg")
    if kind not in ("RSA", "EC", "OKP", "oct") or (
        alg is not None and (not isinstance(alg, str) or alg not in ALGORITHMS)
    ):
        return None
    kid = jwk.get("kid", "")
    if not isinstance(kid, str) or len(kid) > MOST_KID:
        raise Unusable("a key id is not a short text")
    if kind != "oct" and "d" in jwk:
        raise Unusable("it is a private key, and only its public half is needed to verify")
    plain = {name: value for name, value in jwk.items() if name in ("kty", "n", "e", "crv", "x", "y", "k")}
    try:
        if kind == "oct":
            return key_of_secret(decode(str(plain.get("k", "")).encode(), "key"), algorithms, alg=alg, kid=kid)
        with warnings.catch_warnings(action="ignore"):  # strength is judged below, and refused
            key = JWKRegistry.import_key(cast("dict[str, str | list[str]]", plain))
    except Unusable:
        raise
    except Exception as error:  # whatever a library says to numbers that are no key
        raise Unusable("a key cannot be read") from error
    return _bound(key, algorithms, alg, kid)


def key_of_pem(text: str, algorithms: tuple[str, ...] = ()) -> Key:
    """The verification key in a PEM: a public key or a certificate.

    :raises Unusable: as `key_of_jwk`.
    """
    if "PRIVATE KEY" in text:
        raise Unusable("it is a private key, and only its public half is needed to verify")
    for kind in (RSAKey, ECKey, OKPKey):
        try:
            with warnings.catch_warnings(action="ignore"):  # as above
                native = kind.import_key(text)
            break
        except Exception:  # noqa: S112 - it is of another kind, or none: the last to fail says so
            continue
    else:
        raise Unusable("it is not a PEM of a public key or a certificate")
    key = _bound(native, algorithms, None, "")
    if key is None:
        raise Unusable("its curve is none that is believed")
    return key


def key_of_secret(secret: bytes, algorithms: tuple[str, ...] = (), *, alg: str | None = None, kid: str = "") -> Key:
    """An HMAC key; how hard it is to guess is judged elsewhere, only its length is here.

    :raises Unusable: when it is shorter than its algorithm's output (RFC 7518 section 3.2), or looks like a public key.
    """
    bound = _choose(tuple(SECRET), algorithms, alg)
    if len(secret) < SECRET[bound]:
        raise Unusable(f"{bound} takes a secret of {SECRET[bound]} bytes at least")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # joserfc warns of secrets that look like keys
            key = OctKey.import_key(secret)
    except (ValueError, JoseError, Warning) as error:
        raise Unusable("it looks like a public key, which everybody knows") from error
    return Key(key, frozenset({bound}), kid)


def _bound(key: Any, algorithms: tuple[str, ...], alg: str | None, kid: str) -> Key | None:
    if isinstance(key, RSAKey):
        bits = key.public_key.key_size
        if not LEAST_BITS <= bits <= MOST_BITS:
            raise Unusable(f"an RSA key of {bits} bits is not taken: {LEAST_BITS} to {MOST_BITS} are")
        numbers = key.public_key.public_numbers()
        if numbers.e < LEAST_EXPONENT or not numbers.e % 2:
            raise Unusable("an RSA key with so small an exponent is not taken")
        if all(numbers.n % prime in powers for prime, powers in _ROCA):
            raise Unusable("an RSA key of a broken generator is not taken: its private half can be computed")
        return Key(key, frozenset({_choose(RSA, algorithms, alg)}), kid)
    if isinstance(key, ECKey):
        fitting = BY_CURVE.get(key.curve_name)
        if fitting is None:
            return None
        return Key(key, frozenset({_choose((fitting,), algorithms, alg)}), kid)
    if isinstance(key, OKPKey) and key.curve_name == "Ed25519":
        named = [each for each in algorithms if each in EDWARDS]
        if alg is None and len(named) != 1:
            _choose(EDWARDS, algorithms, alg)
            return Key(key, frozenset(EDWARDS), kid)
        return Key(key, frozenset({_choose(EDWARDS, algorithms, alg)}), kid)
    return None


def _choose(fitting: tuple[str, ...], allowed: tuple[str, ...], alg: str | None) -> str:
    """The one algorithm of a key: its own word if it is allowed, else the first allowed one that fits it."""
    if alg is not None:
        if alg not in fitting:
            raise Unusable("its algorithm is not one for its kind")
        if allowed and alg not in allowed:
            raise Unusable(f"it is for {alg}, which is not among the allowed algorithms")
        return alg
    for each in allowed or fitting[:1]:
        if each in fitting:
            return each
    raise Unusable("none of the allowed algorithms is for its kind")
