"""Calls that check a token's signature, of many libraries in one shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ostiary.evidence.code import Call, Code, Language, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """A call that checks a token's signature.

    ``algorithms`` is what is allowed, None: nothing is said; ``needed``: the library leaves the choice to the token then;
    ``weak``: to the kind of the key. ``options``: what else is asked for; ``open``: options come from elsewhere.
    """

    call: Call
    key: Value | None = None
    algorithms: Value | None = None
    needed: bool = False
    weak: bool = False
    pinned: bool = False  # the algorithm is part of the key or of the verifier
    off: bool = False  # the signature is not checked after all
    options: Mapping[str, Value] = field(default_factory=dict)
    open: bool = False


def verifications_in(code: Code) -> Iterator[Verification]:
    """Every call that checks a token."""
    for finder in (_python, _javascript, _jvm, _go, _php_ruby):
        yield from finder(code)


def _python(code: Code) -> Iterator[Verification]:
    for call in code.calls("jwt.decode", "jwt.decode_complete", "jwt.PyJWT().decode", "jwt.api_jwt.decode", "jose.jwt.decode", "jose.jws.verify", languages=[Language.PYTHON]):  # fmt: skip
        options = call.argument(3, "options")
        verify = call.argument(None, "verify")
        flags = options.pairs if options is not None else {}
        yield Verification(
            call=call,
            key=call.argument(1, "key"),
            algorithms=call.argument(2, "algorithms", "algorithm"),
            needed=True,
            off=_is(verify, value=False) or _is(flags.get("verify_signature"), value=False),
            options=flags,
            open=call.spread
            or (options is not None and not options.pairs and options.literal is not None and options.literal != {}),
        )
    for call in code.calls(
        "joserfc.jwt.decode", "authlib.jose.jwt.decode", "authlib.jose.JsonWebToken().decode", "jwcrypto.jwt.JWT"
    ):
        if call.method == "JWT" and call.argument(None, "jwt") is None:
            continue
        given = call.argument(2 if call.name.startswith("joserfc") else None, "algorithms", "algs")
        maker = call.receiver.call if call.receiver is not None else None
        if given is None and maker is not None:
            given = maker.argument(0, "algorithms")
        yield Verification(
            call=call,
            key=call.argument(1, "key"),
            algorithms=given,
            weak=given is None and call.name.startswith("authlib"),
            pinned=given is not None,
            options={},
            open=call.spread,
        )


def _javascript(code: Code) -> Iterator[Verification]:
    for call in code.calls("jsonwebtoken.verify", "jose.jwtVerify", "jose.jwt.verify", "jose.compactVerify"):
        options = call.args[2] if len(call.args) > 2 else None  # noqa: PLR2004 - token, key, options
        algorithms = call.argument(None, "algorithms")
        closed = options is None or bool(options.pairs) or not (options.name or options.call)
        yield Verification(
            call=call,
            key=call.argument(1),
            algorithms=algorithms,
            weak=algorithms is None and closed and call.name.startswith("jsonwebtoken"),
            options=options.pairs if options is not None else {},
            open=call.spread or not closed,
        )
    for call in code.calls(
        "express-jwt",
        "express-jwt.expressjwt",
        "express-jwt.default",
        "koa-jwt",
        "passport-jwt.Strategy",
        "koa-jwt.default",
    ):
        given = call.args[0] if call.args else None
        if given is None or not given.pairs:
            continue
        algorithms = given.pairs.get("algorithms") or given.pairs.get("algorithm")
        yield Verification(
            call=call,
            key=given.pairs.get("secret") or given.pairs.get("secretOrKey"),
            algorithms=algorithms,
            weak=algorithms is None and not given.parts and "secretOrKeyProvider" not in given.pairs,
            options=given.pairs,
            open=call.spread or bool(given.parts),
        )
    for call in code.calls("jwt-simple.decode"):
        skipped = call.args[2] if len(call.args) > 2 else None  # noqa: PLR2004 - token, key, noVerify, algorithm
        yield Verification(
            call=call,
            key=call.argument(1),
            algorithms=call.argument(3),
            needed=True,
            off=_is(skipped, value=True),
            options={},
        )


_JJWT: Final = ("*.parseClaimsJws", "*.parseSignedClaims", "*.parseSignedContent", "*.parse")


def _jvm(code: Code) -> Iterator[Verification]:
    languages = (Language.JAVA, Language.KOTLIN)
    for call in code.calls(*_JJWT, languages=languages):
        if ".Jwts.parser" in f".{call.name}":
            yield Verification(call=call, key=_of_chain(call, {"setSigningKey", "verifyWith"}), pinned=call.method != "parse" or "verifyWith" in call.name, options={})  # fmt: skip
    for call in code.calls("*JWT.require", languages=languages):
        algorithm = call.argument(0)
        maker = algorithm.call if algorithm is not None else None
        yield Verification(
            call=call,
            key=maker.argument(0) if maker is not None and "HMAC" in maker.name else None,
            pinned=maker is None or maker.method != "none",
            options={},
        )
    for call in code.calls("*.NimbusJwtDecoder.with*", "*.ReactiveJwtDecoders.*", "*.JwtDecoders.*", ".JWSVerificationKeySelector", "*.setJwsAlgorithmConstraints", languages=languages):  # fmt: skip
        yield Verification(call=call, pinned=True, options={})


def _go(code: Code) -> Iterator[Verification]:
    for call in code.calls(
        "*jwt*.Parse",
        "*jwt*.ParseWithClaims",
        "*jwt*.NewParser().Parse",
        "*jwt*.NewParser().ParseWithClaims",
        "*.ParseSigned",
        "*jwt*/request.ParseFromRequest",
        languages=[Language.GO],
    ):
        named = [each for each in call.args if each.call is not None]
        methods = next(
            (each.call for each in named if each.call is not None and each.call.method == "WithValidMethods"), None
        )
        maker = call.receiver.call if call.receiver is not None else None
        inner = [each.call for each in maker.args if each.call is not None] if maker is not None else []
        methods = methods or next((each for each in inner if each.method == "WithValidMethods"), None)
        if "lestrrat" in call.name or call.method == "ParseSigned":
            yield Verification(call=call, pinned=True, options={})
            continue
        yield Verification(
            call=call,
            algorithms=methods.argument(0) if methods is not None else None,
            weak=methods is None,
            options={},
            open=call.spread,
        )


def _php_ruby(code: Code) -> Iterator[Verification]:
    for call in code.calls("*JWT.decode", languages=[Language.PHP]):
        key = call.argument(1)
        maker = key.call if key is not None else None
        is_key = maker is not None and maker.method == "Key"
        allowed = maker.argument(1) if is_key and maker is not None else call.argument(2)
        bare = key is not None and key.known and allowed is None
        inner = maker.argument(0) if is_key and maker is not None else key
        yield Verification(
            call=call, key=inner, algorithms=allowed, needed=bare, options={}, open=not bare and allowed is None
        )
    for call in code.calls("JWT.decode", languages=[Language.RUBY]):
        allowed = call.argument(None, "algorithm", "algorithms")
        yield Verification(
            call=call,
            key=call.argument(1),
            algorithms=allowed,
            pinned=allowed is None,  # the library takes HS256 alone then
            off=_is(call.argument(2), value=False),
            options=call.keywords,
        )


def _of_chain(call: Call, methods: set[str]) -> Value | None:
    """The first argument of a call earlier in a chain: ``parser().setSigningKey(key).parse(token)``."""
    current: Call | None = call
    for _ in range(12):
        if current is None:
            return None
        if current.method in methods:
            return current.argument(0)
        current = current.receiver.call if current.receiver is not None else None
    return None


def _is(given: Value | None, *, value: bool) -> bool:
    return given is not None and given.known and given.literal is value
