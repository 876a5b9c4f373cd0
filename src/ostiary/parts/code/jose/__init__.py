"""Where code signs, verifies or only reads JSON Web Tokens, whatever the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ostiary.evidence.code import Call, Code, Spot
from ostiary.evidence.tree import Tree
from ostiary.parts.code.jose.signing import Signing, signings_in
from ostiary.parts.code.jose.telling import chain, from_header, is_delegated, is_front_end, names_of, purpose
from ostiary.parts.code.jose.verifying import Verification, verifications_in

#: Packages whose import says that tokens are handled here.
PACKAGES: Final = (
    *("jwt", "jose", "authlib.jose", "joserfc", "jwcrypto", "flask_jwt_extended", "flask_jwt", "rest_framework_simplejwt", "rest_framework_jwt"),
    *("fastapi_jwt_auth", "fastapi_users.authentication", "ninja_jwt", "sanic_jwt", "python_jwt", "jwskate"),
    *("jsonwebtoken", "express-jwt", "koa-jwt", "jwt-simple", "jws", "passport-jwt", "@nestjs/jwt", "@fastify/jwt", "fastify-jwt", "jwt-decode", "njwt"),
    *("io.jsonwebtoken*", "com.auth0.jwt*", "com.nimbusds.jwt*", "com.nimbusds.jose*", "org.jose4j*", "io.smallrye.jwt*", "io.ktor.server.auth.jwt*"),
    *("org.springframework.security.oauth2.jwt*", "io.fusionauth.jwt*"),
    *("github.com/golang-jwt/jwt*", "github.com/dgrijalva/jwt-go*", "github.com/lestrrat-go/jwx*", "github.com/go-jose/go-jose*", "gopkg.in/square/go-jose*"),
    *("Firebase.JWT*", "Lcobucci.JWT*", "Tymon.JWTAuth*", "Namshi.JOSE*", "JWTKit", "SwiftJWT", "json/jwt"),
)  # fmt: skip
_UNVERIFIED: Final = (
    *("jose.jwt.get_unverified_claims", "jose.jws.get_unverified_claims", "jwt.decode_unverified", "jose.decodeJwt", "jws.decode"),
    *("com.auth0.jwt.JWT.decode", "com.auth0.jwt.JWT().decodeJwt", "jsonwebtoken.decode", "jwt-decode", "jwt-decode.jwtDecode", "jwt-decode.default"),
    *("*jwt*.Parser().ParseUnverified", "*jwt*.NewParser().ParseUnverified", "*jwt*.ParseUnverified", "new().ParseUnverified", "*.ParseUnverified", "*.ParseInsecure", "*.UnsafeClaimsWithoutVerification"),
    *("*.parseClaimsJwt", "*.parseUnsecuredClaims", "python_jwt.process_jwt"),
)  # fmt: skip


def used(tree: Tree) -> Sequence[Spot]:
    """Where packages that handle tokens are imported; of scripts that name no package, their calls."""
    found: Sequence[Spot] = tree.remember("jose.used", lambda: _used(tree.code))
    return found


def _used(code: Code) -> Sequence[Spot]:
    spots = list(code.imports(*PACKAGES))
    return spots or [each.call for each in verifications_in(code)] + [each.call for each in signings_in(code)]


def verifications(tree: Tree) -> Sequence[Verification]:
    """Every call that checks a token."""
    found: Sequence[Verification] = tree.remember("jose.verifications", lambda: tuple(verifications_in(tree.code)))
    return found


def signings(tree: Tree) -> Sequence[Signing]:
    """Every call that issues a token."""
    found: Sequence[Signing] = tree.remember("jose.signings", lambda: tuple(signings_in(tree.code)))
    return found


def unverified(tree: Tree) -> Sequence[Call]:
    """Calls that read claims of a token whose signature they do not check."""
    read = list(tree.code.calls(*_UNVERIFIED))
    read += [each.call for each in verifications(tree) if each.off]
    return [each for each in read if not is_front_end(tree, each.path)]


__all__ = [
    "PACKAGES",
    "Signing",
    "Verification",
    "chain",
    "from_header",
    "is_delegated",
    "is_front_end",
    "names_of",
    "purpose",
    "signings",
    "unverified",
    "used",
    "verifications",
]
