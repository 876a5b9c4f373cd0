"""What the credentials are is looked at, beside what the document says that they are."""

from __future__ import annotations

from ostiary.evidence import Http
from ostiary.model import Confidence, Finding, failed, passed, unknown
from ostiary.parts.seen import doors, tokens

_MOST = 4  # identities


async def audit_live(http: Http) -> Finding:
    """Look at the credential of each identity that opens something; no requests of its own."""
    if not http.identities:
        return unknown("no credentials are known, so their kind cannot be seen")
    kinds: dict[str, doors.Door] = {}
    for name in http.identities[:_MOST]:
        opened = await doors.doors(http, name)
        if opened:
            kinds.setdefault(_kind(opened[0]), opened[0])
    if not kinds:
        return unknown("nothing that the credentials open is shut without them, so what they are good for is not known")
    wrong = kinds.get("id token")
    if wrong is not None:
        return failed(
            "an ID token opens the API: it tells a client who its user is, and was never meant for here",
            http.show(wrong.opened, "opened by an ID token"),
            proof="the token carries nonce, at_hash or c_hash (OpenID Connect Core section 2)",
            places=(wrong.operation.key,),
            facts={"kind": "id token"},
            confidence=Confidence.FIRM,
        )
    said = _declared(http)
    opaque = kinds.get("opaque bearer")
    if said == "jwt" and opaque is not None and "jwt" not in kinds:
        return failed(
            "the document says that tokens are JWTs, and those that open the API are opaque",
            http.show(opaque.opened, "opened by an opaque token"),
            proof="bearerFormat is JWT, and the token that works has no three parts of base64url",
            places=(opaque.operation.key,),
            facts={"kind": "opaque"},
            confidence=Confidence.FIRM,
        )
    seen = " and ".join(sorted(kinds))
    shown = http.show(next(iter(kinds.values())).opened, f"opened by: {seen}")
    if said == "jwt" and "jwt" in kinds:
        return passed("the document says that tokens are JWTs, and they are", shown)
    return unknown(f"callers are known by: {seen}; whether that was chosen on purpose only its owner knows", shown)


def _kind(door: doors.Door) -> str:
    if door.carrier is not None:
        return "id token" if door.carrier.token.is_id_token else "jwt"
    sent = doors.credentials(door.opened, door.nobody)
    if any(name.lower() == "cookie" for name, _ in sent):
        return "session cookie"
    if any(name.lower() == "authorization" and value.lower().startswith("basic ") for name, value in sent):
        return "password in every request"
    bearer = next((value for name, value in sent if name.lower() == "authorization"), "")
    return "opaque bearer" if bearer and tokens.find(bearer) is None else "key"


def _declared(http: Http) -> str:
    schemes = list(http.api.security_schemes.values()) if http.api is not None else []
    return "jwt" if any("jwt" in str(each.get("bearerFormat", "")).lower() for each in schemes) else ""
