"""Keys of tokens that stand in the source, that stand in when the environment has none, or that are too short."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Assignment, Call, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code import jose
from ostiary.parts.code.jose.settings_files import settings_keys
from ostiary.parts.code.judging import Fault, judged
from ostiary.parts.code.origins import Origin, Source, origins

SHORTEST: Final = 2048  # bits of an RSA modulus (NIST SP 800-57 part 1)
_SETTINGS: Final = (  # of frameworks that sign tokens with what these hold
    (("flask_jwt_extended", "flask_jwt"), ("*.config.JWT_SECRET_KEY",)),
    (("rest_framework_simplejwt", "ninja_jwt"), ("SIMPLE_JWT.SIGNING_KEY", "NINJA_JWT.SIGNING_KEY")),
    (("rest_framework_jwt",), ("JWT_AUTH.JWT_SECRET_KEY",)),
)
_CALLS: Final = (  # other calls that are given such a key: name, position, names
    ("*.JWTStrategy", 0, ("secret",)),
    ("*JwtModule.register", None, ("secret", "secretOrPrivateKey")),
    ("*.@fastify/jwt", None, ("secret",)),
    ("express-jwt", None, ("secret",)),
    ("express-jwt.expressjwt", None, ("secret",)),
    ("koa-jwt", None, ("secret",)),
    ("passport-jwt.Strategy", None, ("secretOrKey",)),
    ("*JWT.require", 0, ()),
    ("*algorithms.Algorithm.HMAC*", 0, ()),
    ("*NimbusJwtDecoder.withSecretKey", 0, ()),
    ("*jwt*.NewWithClaims().SignedString", 0, ()),
    ("*jwt*.New().SignedString", 0, ()),
    ("jose.JWT.sign", 1, ()),
    ("jose.JWT.verify", 1, ()),
)
_MODULI: Final = (
    ("cryptography.hazmat.primitives.asymmetric.rsa.generate_private_key", 1, ("key_size",)),
    ("Crypto.PublicKey.RSA.generate", 0, ("bits",)),
    ("Cryptodome.PublicKey.RSA.generate", 0, ("bits",)),
    ("crypto.generateKeyPair*", None, ("modulusLength",)),
    ("node:crypto.generateKeyPair*", None, ("modulusLength",)),
    ("crypto/rsa.GenerateKey", 1, ()),
    ("OpenSSL.PKey.RSA.new", 0, ()),
    ("OpenSSL.PKey.RSA.generate", 0, ()),
)
_PUBLIC: Final = re.compile(r"(?i)pub(?:lic)?_?(?:key|pem)?\b|certificate")
WRITTEN: Final = "the key that signs tokens stands in the source"
STANDS_IN: Final = "a key from the source signs tokens when the environment gives none"
SHORT: Final = "an RSA key of less than 2048 bits is made"


async def audit_source(tree: Tree) -> Finding:
    """Follow the keys of signing and verifying calls to where they come from."""
    faults: dict[str, Fault] = {}
    sound: list[Spot] = []
    environment = unseen = 0
    for value, spot in _keys(tree):
        for origin in origins(tree.code, value, spot):
            if origin.source in {Source.WRITTEN, Source.DEFAULT}:
                fault = _fault(origin, spot)
                faults.setdefault(fault.spot.place, fault)
            elif origin.source is Source.CHANCE:
                sound.append(spot)
            environment += origin.source is Source.ENVIRONMENT
            unseen += origin.source is Source.UNSEEN
    if jose.used(tree):
        for fault in (*_files(tree), *_short(tree)):
            faults.setdefault(fault.spot.place, fault)
    undecided = ""
    if environment:
        undecided = "no key of a token is in the source; what the environment gives in its place does not show here"
    elif unseen or (jose.used(tree) and not sound):
        undecided = "where the keys of tokens come from was not seen"
    return judged(
        tree,
        faults.values(),
        sound=sound,
        holds="keys of tokens are made by a cryptographic generator",
        nothing="call of a JWT library",
        undecided=undecided,
        proof="Whoever reads the source, or an old copy of it, can sign tokens for anybody.",
    )


def _fault(origin: Origin, spot: Spot) -> Fault:
    what = WRITTEN if origin.source is Source.WRITTEN else STANDS_IN
    return Fault(origin.spot or spot, what, Confidence.FIRM)


def _keys(tree: Tree) -> Iterator[tuple[Value, Spot]]:
    for signing in jose.signings(tree):
        if signing.key is not None:
            yield _inner(signing.key), signing.call
    for verification in jose.verifications(tree):
        if verification.key is not None and not verification.off and not _PUBLIC.search(verification.key.name):
            yield _inner(verification.key), verification.call
    yield from _given(tree)
    for packages, settings in _SETTINGS:
        if tree.code.imports(*packages) or any("SIMPLE" in each and tree.code.assignments(each) for each in settings):
            yield from ((each.value, each) for each in _assignments(tree, settings))


def _given(tree: Tree) -> Iterator[tuple[Value, Spot]]:
    for name, position, names in _CALLS:
        for call in tree.code.calls(name):
            value = call.argument(position, *names)
            if value is not None:
                yield _inner(value), call
    for call in tree.code.calls("*.Keys.hmacShaKeyFor"):
        yield from ((value, call) for value in call.args)


def _assignments(tree: Tree, names: tuple[str, ...]) -> Iterator[Assignment]:
    found = list(tree.code.assignments(*names))
    if not found and tree.code.imports(
        "flask_jwt_extended", "flask_jwt", "rest_framework_simplejwt", "rest_framework_jwt"
    ):
        found = [each for each in tree.code.assignments(".JWT_SECRET_KEY", ".SECRET_KEY") if each.function is None]
    yield from found


def _inner(value: Value) -> Value:
    """A call that only turns a key into an object stands for the key."""
    call: Call | None = value.call
    if call is not None and call.args and (call.method.startswith("HMAC") or call.method in {"hmacShaKeyFor", "Key"}):
        return call.args[0]
    return value


def _short(tree: Tree) -> Iterator[Fault]:
    for name, position, names in _MODULI:
        for call in tree.code.calls(name):
            bits = call.argument(position, *names)
            if bits is not None and isinstance(bits.literal, int) and 0 < bits.literal < SHORTEST:
                yield Fault(call, SHORT)


def _files(tree: Tree) -> Iterator[Fault]:
    for spot, stands_in in settings_keys(tree):
        yield Fault(spot, STANDS_IN if stands_in else WRITTEN)
