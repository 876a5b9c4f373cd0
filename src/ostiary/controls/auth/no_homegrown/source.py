"""Cryptography of one's own where people are authenticated: fast hashes, plain generators, broken ciphers, tokens made by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code import chance, hashing, jose
from ostiary.parts.code.credentials import holds_password, is_token, last_name, told
from ostiary.parts.code.jose.by_hand import second_parts
from ostiary.parts.code.judging import Fault, judged

_CIPHERS: Final = (
    *("Crypto.Cipher.DES.new", "Crypto.Cipher.DES3.new", "Crypto.Cipher.ARC4.new", "Crypto.Cipher.ARC2.new", "Crypto.Cipher.Blowfish.new", "Crypto.Cipher.XOR.new"),
    *("Cryptodome.Cipher.DES.new", "Cryptodome.Cipher.ARC4.new", "Cryptodome.Cipher.Blowfish.new", "crypto-js.DES.encrypt", "crypto-js.RC4.encrypt", "crypto-js.TripleDES.encrypt"),
    *("crypto/des.NewCipher", "crypto/rc4.NewCipher"),
)  # fmt: skip
_NAMED: Final = (
    "*Cipher.getInstance",
    "crypto.createCipheriv",
    "crypto.createCipher",
    "node:crypto.createCipheriv",
    "openssl_encrypt",
    "OpenSSL.Cipher",
)
_ECB: Final = re.compile(r"(?i)(?:^|[/_-])ecb(?:$|[/_-])|^(?:des|rc4|rc2|arcfour|blowfish|desede)(?:$|[/_-])|^AES$")
_MODES: Final = (
    "cryptography.hazmat.primitives.ciphers.modes.ECB",
    "Crypto.Cipher.AES.new",
    "Cryptodome.Cipher.AES.new",
)
_LIBRARIES: Final = (
    *("passlib", "argon2", "bcrypt", "pwdlib", "django.contrib.auth", "flask_login", "flask_security", "flask_jwt_extended", "fastapi_users", "authlib", "rest_framework_simplejwt", "allauth", "social_django"),
    *("passport", "next-auth", "bcryptjs", "jsonwebtoken", "express-jwt", "@node-rs/argon2", "lucia", "jose", "openid-client", "oidc-provider", "@nestjs/passport", "@nestjs/jwt"),
    *("org.springframework.security*", "io.jsonwebtoken*", "com.auth0.jwt*", "org.keycloak*", "org.apache.shiro*", "io.ktor.server.auth*"),
    *("golang.org/x/crypto/bcrypt", "golang.org/x/crypto/argon2", "github.com/golang-jwt/jwt*", "github.com/coreos/go-oidc*", "golang.org/x/oauth2*"),
    *("Illuminate.Support.Facades.Auth", "Firebase.JWT*", "Symfony.Component.Security*", "devise", "bcrypt", "jwt"),
)  # fmt: skip
_SECRET: Final = re.compile(r"(?i)passw|token|secret|session|credential|auth|cookie|otp")
CIPHER: Final = "a credential goes through a cipher or mode that is broken"
ANY_CIPHER: Final = "a cipher or mode that is broken is used"
GUESSED: Final = "a secret comes from a generator whose next value can be told"
BY_HAND: Final = "tokens are taken apart by hand"


async def audit_source(tree: Tree) -> Finding:
    """Look for primitives that nobody should use for credentials, and for libraries that do it well."""
    faults = [Fault(each.spot, each.what, _sure(certain=each.certain)) for each in hashing.fast(tree)]
    faults += [Fault(each.call, GUESSED, _sure(certain=each.certain)) for each in chance.guessable(tree)]
    faults += [
        Fault(call, BY_HAND, Confidence.TENTATIVE)
        for call in second_parts(tree.code)
        if not jose.is_front_end(tree, call.path)
    ]
    faults += _ciphers(tree)
    sound: list[Spot] = list({each.path: each for each in tree.code.imports(*_LIBRARIES)}.values())
    return judged(
        tree,
        faults,
        sound=sound,
        holds="a maintained library deals with passwords or tokens",
        nothing="authentication",
        proof="What one team invents, one person can break; published primitives were tried by thousands.",
    )


def _sure(*, certain: bool) -> Confidence:
    return Confidence.FIRM if certain else Confidence.TENTATIVE


def _ciphers(tree: Tree) -> Iterator[Fault]:
    for call in _broken(tree):
        given = [*call.args, *call.keywords.values()]
        about = any(holds_password(each) or is_token(last_name(each)) for each in given) or _SECRET.search(
            told(call.function)
        )
        yield Fault(call, CIPHER if about else ANY_CIPHER, Confidence.FIRM if about else Confidence.TENTATIVE)


def _broken(tree: Tree) -> Iterator[Call]:
    yield from tree.code.calls(*_CIPHERS)
    for call in tree.code.calls(*_NAMED):
        if any(isinstance(each.literal, str) and _ECB.search(each.literal) for each in call.args):
            yield call
    for call in tree.code.calls(*_MODES):
        if call.method == "ECB" or _is_ecb(call.argument(1, "mode")):
            yield call


def _is_ecb(value: Value | None) -> bool:
    return value is not None and value.name.endswith(".MODE_ECB")
