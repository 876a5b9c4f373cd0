"""How a policy tells callers apart: by keys that the operator or the issuer gives, or by asking the API itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.audit.knowledge import Knowledge, TokenFacts
from ostiary.parts.seen.owners import marks_of, spelt

KEY: Final = "OSTIARY_TOKEN_KEY"  # the environment variable that a written policy takes the key of tokens from
_USUAL: Final = ("iss", "aud", "exp", "iat", "sub")
_SUBJECTS: Final = ("sub", "username", "user_id", "userid", "id", "uuid", "email", "login", "name")
_HMAC: Final = "HS"  # how algorithms of shared secrets begin (RFC 7518 section 3.1)
_DEEPEST: Final = 3
_SCHEME: Final = re.compile(r"[A-Za-z]{2,16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """The table ``[issuers.api]`` and what it makes known of the audit's own user.

    ``issuer`` is empty where nobody can be told from anybody; ``claims`` are the values that the policy will see in
    ``token.NAME`` (dotted names) for `Knowledge.owner`; ``verifies`` says whether signatures are checked.
    """

    issuer: Mapping[str, Any] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    verifies: bool = False
    why: str = ""
    asks: tuple[str, ...] = ()


def callers(known: Knowledge, environ: Mapping[str, str], jwks: str = "") -> Callers:
    """Choose the best way there is.

    :param jwks: URL or file of the issuer's keys, if the audit found it.
    """
    facts = next((each for each in known.tokens if each.identity == known.owner), None)
    scheme = _scheme(known)
    if facts is not None and facts.header.lower() == "authorization":
        signed = _signed(facts, known, environ, jwks)
        if signed is not None:
            return signed
    asked = _asked(known, scheme)
    if asked is not None:
        return asked
    if facts is None:
        return Callers(why="callers are not told apart by tokens in the Authorization header that could be read")
    return Callers(why="the key of the API's tokens is not known", asks=(_ask(facts),))


def _signed(facts: TokenFacts, known: Knowledge, environ: Mapping[str, str], jwks: str) -> Callers | None:
    table: dict[str, Any] = {"issuer": facts.issuer} if facts.issuer else {}
    table |= {"audience": list(facts.audience)} if facts.audience else {}
    if KEY in environ:
        table["key"] = {"env": KEY}
    elif facts.algorithm.startswith(_HMAC) or not facts.algorithm:
        return None
    elif jwks:
        table["jwks"] = jwks
    elif not facts.issuer.startswith("https://"):
        return None
    claims = known.callers[known.owner].claims if known.owner in known.callers else {}
    table["algorithms"] = [facts.algorithm]
    table["required"] = [each for each in _USUAL if each in claims]
    table["types"] = [facts.type]
    if (scheme := _scheme(known)) != "Bearer":
        table["scheme"] = scheme
    flat = _flat(claims)
    subject = next((each for each in _SUBJECTS if isinstance(flat.get(each), (str, int))), "")
    if subject not in {"", "sub"} or not isinstance(flat.get("sub", ""), str):
        table["subject-claim"] = subject
        flat |= {"sub": str(flat[subject])}
    return Callers(issuer=table, claims=flat, verifies=True, why="tokens are verified by their key")


def _asked(known: Knowledge, scheme: str) -> Callers | None:
    caller = known.callers.get(known.owner)
    if not known.me or caller is None or not caller.profile or not scheme:
        return None
    path = known.me.partition(" ")[2]
    flat = _flat(caller.profile)
    marks = marks_of({name.rpartition(".")[2]: each for name, each in flat.items()})
    names = sorted(flat, key=lambda each: (each.count("."), each))
    subject = next(
        (name for usual in _SUBJECTS for name in names if spelt(name.rpartition(".")[2]) == usual and str(flat[name]) in marks),
        "",
    )  # fmt: skip
    if not subject or "{" in path:
        return None
    table: dict[str, Any] = {"userinfo": path, "subject-claim": subject, "required": []}
    if scheme != "Bearer":
        table["scheme"] = scheme
    why = f"the API is asked at {path} whose a token is; with {KEY} set, signatures would be verified too"
    return Callers(issuer=table, claims={**flat, "sub": str(flat[subject])}, why=why)


def _scheme(known: Knowledge) -> str:
    for name, text in known.credentials.get(known.owner, ()):
        if name.lower() == "authorization":
            scheme, space, _ = text.partition(" ")
            told = space and _SCHEME.fullmatch(scheme) and scheme.lower() not in {"basic", "digest"}
            return scheme if told else ""  # what is no scheme may be the first word of a secret
    return ""


def _flat(told: Mapping[str, Any], before: str = "", depth: int = 0) -> dict[str, Any]:
    """Members by their dotted names, of objects in objects too."""
    found: dict[str, Any] = {}
    for name, each in told.items():
        if "." in str(name) or depth > _DEEPEST:
            continue
        if isinstance(each, Mapping):
            found |= _flat(each, f"{before}{name}.", depth + 1)
        elif isinstance(each, (str, int)) and not isinstance(each, bool):
            found[f"{before}{name}"] = each
    return found


def _ask(facts: TokenFacts) -> str:
    what = "secret" if facts.algorithm.startswith(_HMAC) else "public key (PEM or JWK set)"
    return f"set {KEY} to the {what} of the API's tokens ({facts.algorithm}), and write the policy again"
