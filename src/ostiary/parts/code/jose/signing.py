"""Calls that issue a token, of many libraries in one shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ostiary.evidence.code import Call, Code, Language, Value
from ostiary.parts.code.jose.telling import chain, names_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """A call that issues a token; ``claims`` by name, ``open``: there may be more than is seen."""

    call: Call
    key: Value | None = None
    claims: Mapping[str, Value] = field(default_factory=dict)
    whole: Value | None = None
    open: bool = False
    expiry: Value | None = None  # an option or a call of its own that says how long it lives
    symmetric: bool | None = None  # None: not known


def signings_in(code: Code) -> Iterator[Signing]:
    """Every call that issues a token."""
    for call in code.calls(
        "jwt.encode", "jwt.PyJWT().encode", "jwt.api_jwt.encode", "jose.jwt.encode", "jwt-simple.encode", "*JWT.encode"
    ):
        if call.name.startswith(("authlib", "joserfc")):
            continue
        yield _signing(
            call, call.argument(0, "payload", "claims"), call.argument(1, "key"), call.argument(2, "algorithm")
        )
    for call in code.calls("authlib.jose.jwt.encode", "authlib.jose.JsonWebToken().encode", "joserfc.jwt.encode"):
        header = call.argument(0, "header")
        yield _signing(
            call,
            call.argument(1, "payload", "claims"),
            call.argument(2, "key"),
            header.pairs.get("alg") if header is not None else None,
        )
    for call in code.calls("jwcrypto.jwt.JWT"):
        if call.argument(None, "claims") is not None:
            yield _signing(call, call.argument(None, "claims"), None, None)
    for call in code.calls("jsonwebtoken.sign", "njwt.create"):
        signing = _signing(
            call,
            call.argument(0),
            call.argument(1),
            call.argument(None, "algorithm"),
            expiry=call.argument(None, "expiresIn"),
        )
        options = call.args[2] if len(call.args) > 2 else None  # noqa: PLR2004 - claims, key, options
        if options is not None and not options.pairs and (options.name or options.call):
            signing = Signing(
                call=call,
                key=signing.key,
                claims=signing.claims,
                whole=signing.whole,
                open=True,
                symmetric=signing.symmetric,
            )
        yield signing
    yield from _chained(code)
    yield from _go(code)


def _go(code: Code) -> Iterator[Signing]:
    for call in code.calls("*jwt*.NewWithClaims", "*jwt*.New", languages=[Language.GO]):
        claims, method = call.argument(1), call.argument(0)
        made = claims.call if claims is not None else None
        inner = made.keywords if made is not None and made.keywords else claims.pairs if claims is not None else {}
        yield Signing(
            call=call,
            claims=inner,
            whole=claims,
            open=not inner or made is None or not made.method.endswith("MapClaims"),
            symmetric="HS" in method.text if method is not None else None,
        )


def _chained(code: Code) -> Iterator[Signing]:
    """Builders: ``Jwts.builder().claim(..).signWith(..).compact()``, ``JWT.create().withClaim(..).sign(..)``, ``new SignJWT(..)``."""
    for call in code.calls("*.compact", "*JWT.create*.sign", "*jose.SignJWT*.sign"):
        steps = list(chain(call))
        names = {each.method for each in steps}
        if not names & {"builder", "create", "SignJWT"}:
            continue
        claims: dict[str, Value] = {}
        is_open = expiry = None
        key = None
        for step in steps:
            first, second = step.argument(0), step.argument(1)
            if (
                step.method in {"claim", "withClaim", "addClaim"}
                and first is not None
                and isinstance(first.literal, str)
                and second is not None
            ):
                claims[first.literal] = second
            elif step.method in {"setClaims", "addClaims", "claims", "withPayload", "setPayload"} and first is not None:
                claims.update(first.pairs)
                is_open = True
            elif step.method == "SignJWT" and first is not None:
                claims.update(first.pairs)
            elif step.method in {"setExpiration", "expiration", "withExpiresAt", "setExpirationTime", "expiresAt"}:
                expiry = first
            elif step.method == "signWith":
                key = _key_of_sign_with(step)
            elif step.method == "sign" and first is not None:
                key = (
                    first.call.argument(0)
                    if first.call is not None and "HMAC" in first.call.name
                    else first
                    if first.known
                    else None
                )
        yield Signing(call=call, key=key, claims=claims, open=bool(is_open), expiry=expiry, symmetric=None)


def _key_of_sign_with(step: Call) -> Value | None:
    given = [each for each in step.args if "SignatureAlgorithm" not in each.text and "Jwts.SIG" not in each.text]
    return given[0] if given else None


def _signing(
    call: Call, claims: Value | None, key: Value | None, algorithm: Value | None, expiry: Value | None = None
) -> Signing:
    names = names_of(algorithm)
    pairs = claims.pairs if claims is not None else {}
    is_open = (
        claims is None
        or claims.call is not None
        or bool(claims.parameters and not pairs)
        or bool(claims.parts)
        or not pairs
    )
    return Signing(
        call=call,
        key=key,
        claims=pairs,
        whole=claims,
        open=is_open or call.spread,
        expiry=expiry,
        symmetric=names[0].startswith("HS") if names else None,
    )
