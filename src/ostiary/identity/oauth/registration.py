"""What may be registered as a client is judged in one place, whoever asks: an operator, a command, or a program (RFC 7591)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal

from ostiary.errors import Denied
from ostiary.identity.events import record
from ostiary.identity.ids import new_id, new_secret
from ostiary.identity.oauth.clients import faults, redirect_fault
from ostiary.identity.oauth.metadata import SCOPES
from ostiary.identity.oauth.replies import answered
from ostiary.identity.services import Services, Visit
from ostiary.identity.storage import clients
from ostiary.identity.storage.clients import Client
from ostiary.identity.web import Request, Response, document_of, refused, visit_of
from ostiary.parts.identity_settings import Identity
from ostiary.parts.sealing import hashed
from ostiary.strict import Body, Meta

__all__ = ["ROUTES", "NewClient", "Registered", "check_client", "register"]

Method = Literal["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
_Uri = Annotated[str, Meta(min_length=1, max_length=1000)]
_Uris = Annotated[tuple[_Uri, ...], Meta(max_length=50)]
_Words = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...], Meta(max_length=50)]
_Said = Annotated[str, Meta(max_length=4096)]
_Key = dict[
    _Said, _Said | bool | Annotated[list[_Said], Meta(max_length=10)]
]  # RFC 7517 section 4: texts, and lists of them
_Keys = Annotated[tuple[_Key, ...], Meta(max_length=50, description="Public keys (RFC 7517).")]


class NewClient(Body, frozen=True):
    """A client as it is asked for; what is left out is the least."""

    name: Annotated[str, Meta(min_length=1, max_length=100, description="What people read when they are asked.")]
    method: Method = "client_secret_basic"
    redirect_uris: _Uris = ()
    logout_uris: _Uris = ()
    grants: _Words = ("authorization_code",)
    scopes: _Words = ()
    default_scopes: _Words = ()
    audience: _Uris = ()
    uri: _Uri | None = None
    jwks: _Keys = ()
    token_format: Literal["jwt", "opaque"] = "jwt"  # noqa: S105 - a format, no token
    dpop: bool = False
    pushed_only: bool = False
    first_party: bool = False
    introspects: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """A client that was just registered, and its secret, which is kept nowhere; "" where it has none."""

    client: Client
    secret: str


def check_client(settings: Identity, given: NewClient, *, id: str = "", secret_hash: bytes | None = None) -> Client:  # noqa: A002 - the column's name
    """The client that would be kept.

    :param secret_hash: of the secret that it has; None: it has none, or will be given one.
    :raises Denied: 422, with every fault by its member; no value is repeated.
    """
    wants_secret = given.method.startswith("client_secret")
    client = Client(
        id=id, name=given.name, method=given.method, redirect_uris=given.redirect_uris, grants=given.grants,
        scopes=given.scopes, default_scopes=given.default_scopes, audience=given.audience, logout_uris=given.logout_uris,
        uri=given.uri, secret_hash=(secret_hash or b"to be made") if wants_secret else None, jwks=given.jwks,
        token_format=given.token_format, dpop=given.dpop, pushed_only=given.pushed_only, first_party=given.first_party,
        introspects=given.introspects,
    )  # fmt: skip
    found = [*faults(client), *_faults(settings, client)]
    if found:
        raise Denied(422, "the client cannot be registered so", faults=[(f"/{name}", rule) for name, rule in found])
    return client


def _faults(settings: Identity, client: Client) -> list[tuple[str, str]]:
    """What depends on this house: its scopes and resources; and what would be too much for a client of this kind."""
    found = []
    for name in ("redirect_uris", "logout_uris", "grants", "scopes", "default_scopes", "audience"):
        values = getattr(client, name)
        if len(set(values)) < len(values):
            found.append((name, "says something twice"))
    if not {*SCOPES, *settings.scopes}.issuperset(client.scopes):
        found.append(("scopes", "has one that does not exist here"))
    if not {*settings.audience, settings.issuer}.issuperset(client.audience):
        found.append(("audience", "has one that tokens are not for here"))
    if client.uri is not None and (fault := redirect_fault(client.uri)):
        found.append(("uri", fault))
    if client.introspects and client.public:
        found.append(("introspects", "is for clients that authenticate"))
    if client.logout_uris and not client.redirect_uris:
        found.append(("logout_uris", "are for clients that people sign in to"))
    for name in ("redirect_uris", "logout_uris"):
        own = any(not each.startswith(("https:", "http:")) for each in getattr(client, name))
        if own and not client.public:  # RFC 8252 section 8.4: what is installed on a device keeps no secret
            found.append((name, "has an application's own scheme, which only public clients have"))
    return found


async def register(
    services: Services, given: NewClient, *, actor: str = "system", visit: Visit | None = None
) -> Registered:
    """Register a client.

    :param actor: who did it, for the audit log.
    :raises Denied: 422 as `check_client`.
    """
    secret = new_secret(services.entropy) if given.method.startswith("client_secret") else ""
    kept = hashed(secret.encode()) if secret else None
    client = check_client(services.settings, given, id=new_id(services.entropy), secret_hash=kept)
    client = replace(client, created_at=services.now())
    async with services.database.write() as connection:
        await clients.add(connection, client)
        await record(connection, services, "client.registered", actor=actor, visit=visit, client=client.id)
    return Registered(client, secret)


# a program registers itself (RFC 7591)

# What strangers may be: nothing that acts without a person, and nothing that is spared a question.
_GRANTS: Final = frozenset({"authorization_code", "refresh_token"})
_DEFAULTS: Final[Mapping[str, Any]] = {
    "redirect_uris": [],
    "token_endpoint_auth_method": "client_secret_basic",
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "client_name": "",
    "client_uri": "",
    "scope": "openid",
    "jwks": {"keys": []},
    "jwks_uri": "",
    "post_logout_redirect_uris": [],
    "dpop_bound_access_tokens": False,
    "require_pushed_authorization_requests": False,
}
_METADATA: Final = {
    "redirect_uris": "redirect_uris", "logout_uris": "post_logout_redirect_uris", "grants": "grant_types", "name": "client_name",
    "uri": "client_uri", "scopes": "scope", "method": "token_endpoint_auth_method",
}  # fmt: skip


class _Unfit(ValueError):  # noqa: N818 - what it is
    """Metadata that cannot be registered: its member, and the rule."""


async def _endpoint(services: Services, request: Request) -> Response:
    """Section 3.1. Members that are not known are ignored, so that nobody gets more than is offered by asking."""
    if not services.settings.dynamic_registration:
        return refused(Denied(404, "no such resource"))
    visit = visit_of(request)
    await services.gate.knock(visit, "register-client")
    try:
        given = _read(await _sent(request))
        made = await register(services, given, actor="client:new", visit=visit)
    except _Unfit as error:
        return _refusal(*error.args)
    except Denied as denied:
        if denied.status != 422:  # noqa: PLR2004
            raise
        pointer, rule = denied.faults[0]
        return _refusal(pointer.strip("/").partition("/")[0], rule)
    return answered(_told(made), 201)


async def _sent(request: Request) -> dict[str, Any]:
    try:
        found = await document_of(request)
    except Denied as denied:
        if denied.status != 400:  # noqa: PLR2004
            raise
        raise _Unfit("", denied.reason) from denied
    if not isinstance(found, dict):
        raise _Unfit("", "the body is not an object")
    return found


def _read(sent: Mapping[str, Any]) -> NewClient:
    said = {name: sent.get(name, default) for name, default in _DEFAULTS.items()}
    for name, default in _DEFAULTS.items():
        if type(said[name]) is not type(default) or (
            isinstance(default, list) and not all(isinstance(each, str) for each in said[name])
        ):
            raise _Unfit(name, "is not of its type")
    keys = said["jwks"].get("keys")
    if said["jwks_uri"]:
        raise _Unfit("jwks_uri", "is not fetched here: send jwks")
    if not isinstance(keys, list) or not all(isinstance(each, dict) for each in keys):
        raise _Unfit("jwks", "is no key set")
    if said["response_types"] != ["code"]:
        raise _Unfit("response_types", "are code alone")
    if not _GRANTS.issuperset(said["grant_types"]):
        raise _Unfit("grant_types", "are authorization_code and refresh_token for who registers so")
    uris = said["redirect_uris"]
    return NewClient(
        name=said["client_name"] or _host(uris),
        method=said["token_endpoint_auth_method"], redirect_uris=tuple(uris), grants=tuple(said["grant_types"]),
        logout_uris=tuple(said["post_logout_redirect_uris"]), scopes=tuple(said["scope"].split()),
        uri=said["client_uri"] or None, jwks=tuple(keys), dpop=said["dpop_bound_access_tokens"],
        pushed_only=said["require_pushed_authorization_requests"],
    )  # fmt: skip


def _host(uris: list[str]) -> str:
    """What a client without a name is called: the host that its answers go to."""
    return (uris[0].partition("://")[2].partition("/")[0] if uris else "")[:100] or "Unnamed"


def _refusal(member: str, rule: str) -> Response:
    """Section 3.2.2."""
    name = _METADATA.get(member, member)
    code = "invalid_redirect_uri" if name == "redirect_uris" else "invalid_client_metadata"
    return answered({"error": code, "error_description": f"{name} {rule}".strip()}, 400)


def _told(made: Registered) -> dict[str, Any]:
    """Section 3.2.1: all that was registered, and the secret for the only time."""
    client = made.client
    said: dict[str, Any] = {
        "client_id": client.id,
        "client_id_issued_at": int(client.created_at),
        "client_name": client.name,
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.logout_uris),
        "token_endpoint_auth_method": client.method,
        "grant_types": list(client.grants),
        "response_types": ["code"],
        "scope": " ".join(client.scopes),
        "dpop_bound_access_tokens": client.dpop,
        "require_pushed_authorization_requests": client.pushed_only,
    }
    if client.uri:
        said["client_uri"] = client.uri
    if client.jwks:
        said["jwks"] = {"keys": list(client.jwks)}
    if made.secret:
        said |= {"client_secret": made.secret, "client_secret_expires_at": 0}
    return said


ROUTES: Final = (("/oauth/register", ("POST",), _endpoint),)
