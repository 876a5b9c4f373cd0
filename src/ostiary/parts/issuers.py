"""Whose tokens are believed is written down: one table per issuer, closed, and strict unless it says otherwise."""

from __future__ import annotations

from ostiary.strict import Duration, Secret, Size, Strict


class Issuer(Strict, frozen=True):
    """An issuer of tokens.

    Keys come from exactly one of: ``discovery`` (the default where ``issuer`` is an https URL and nothing else is given),
    ``jwks`` (URL or file), ``key`` (a PEM, a JWK, a JWK set, or the text of an HMAC secret), or ``introspection`` alone,
    for opaque tokens; or ``userinfo`` alone, for tokens that only the API itself can tell. ``algorithms`` is what each key may be used with; a key is bound to exactly one of them.
    """

    issuer: str = ""  # the `iss` claim, exactly; "" only where `required` does without it
    audience: tuple[str, ...] = ()  # one of these must be in `aud`; empty only where `required` does without it
    algorithms: tuple[str, ...] = ()  # empty: what the key says itself (JWK `alg`, or the one of its kind and curve)
    discovery: str = ""  # URL of the metadata document (OpenID Connect Discovery 1.0, RFC 8414)
    jwks: str = ""  # URL or file of a JWK set
    hosts: tuple[str, ...] = ()  # besides the issuer's own: where its metadata may say that the keys are
    key: Secret | None = None  # { env = "NAME" } or { file = "path" }
    introspection: str = ""  # URL (RFC 7662), for tokens that are no JWTs
    userinfo: str = ""  # a path of the API itself ("/me"): who calls is what it answers there to the caller's token
    scheme: str = "Bearer"  # the word before its tokens in the Authorization header field: "Token", "JWT"
    prefix: str = ""  # how its opaque tokens begin; told apart by it where several issuers are asked about theirs
    client: str = ""  # our client id there
    client_secret: Secret | None = None
    types: tuple[str, ...] = (
        "at+jwt",
        "JWT",
    )  # accepted `typ`, without "application/", compared without case; "": absent
    required: tuple[str, ...] = ("iss", "aud", "exp", "iat", "sub")
    leeway: Duration = Duration("30s")
    subject_claim: str = "sub"  # dots descend into objects: "user.id"
    scope_claim: str = "scope"  # a text with spaces, or a list
    roles_claim: str = "roles"  # "realm_access.roles" for Keycloak
    members: dict[str, tuple[str, ...]] = {}  # a role and the subjects who have it, for tokens that do not say so
    tenant_claim: str = ""
    refresh: Duration = Duration("10m")  # how old fetched keys may be before they are fetched again
    stale: Duration = Duration("24h")  # how long they serve when they cannot be
    longest: Size = Size("8KiB")  # a token
    private: bool = False  # whether its URLs may resolve to private addresses; loopback may in the development profile

    @property
    def asks(self) -> bool:
        """Whether somebody is asked about tokens that are not verified here."""
        return bool(self.introspection or self.userinfo)
