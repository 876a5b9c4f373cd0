"""What may be registered of a client, and which address is one of its own: the same string, but for a loopback's port."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from ostiary.identity.storage.clients import Client
from ostiary.parts.tokens.jws import Unusable, key_of_jwk

__all__ = ["ASSERTION_ALGORITHMS", "DEVICE", "GRANTS", "METHODS", "faults", "is_registered", "redirect_fault"]

DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"
GRANTS: Final = ("authorization_code", "refresh_token", "client_credentials", DEVICE)
METHODS: Final = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")
# A key has one algorithm. An RSA key that does not say which has the first here: RS256, as most libraries mean it.
ASSERTION_ALGORITHMS: Final = ("ES256", "EdDSA", "Ed25519", "RS256", "PS256")
MOST: Final = 50  # of anything that is a list
_LONGEST: Final = 1000  # characters of an address
# RFC 8252 section 7.3: the port is whatever the system had free. "localhost" may be anybody's (section 8.3).
_LOOPBACK: Final = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?((?:[/?].*)?)", re.DOTALL)
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+")  # RFC 3986
# Such an address stands in a Content-Security-Policy, where ";" and "," begin something else.
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|[0-9A-Fa-f:.]{2,45}")
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")
_OURS: Final = frozenset({"code", "state", "iss", "error", "error_description", "error_uri", "response"})
_SCRIPTS: Final = frozenset({"javascript", "data", "vbscript", "file", "about", "blob", "view-source", "filesystem", "ftp", "ws", "wss", "mailto"})  # fmt: skip


def is_registered(uri: str, registered: Iterable[str]) -> bool:
    """Whether an address is one of these (RFC 9700 section 2.1: compared as strings, nothing is normalised)."""
    mine = frozenset(registered)
    if uri in mine:
        return True
    portless = _without_port(uri)
    return portless is not None and portless in {_without_port(each) for each in mine}


def _without_port(uri: str) -> str | None:
    match = _LOOPBACK.fullmatch(uri)
    if match is None or int(match[2] or 1) > 65535:  # noqa: PLR2004 - ports end there
        return None
    return match[1] + match[3]


def redirect_fault(uri: str) -> str:
    """What is wrong with an address that a client wants registered; "" when nothing is.

    An https URL, http on a loopback address, or a scheme of the application's own, which has a dot in its name
    (RFC 8252 section 7.1).
    """
    if len(uri) > _LONGEST or _URI.fullmatch(uri) is None:
        return "is not an absolute URI of printable ASCII"
    if "#" in uri:
        return "has a fragment"
    if "*" in uri:
        return "has a wildcard"
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is not a URI"
    if "@" in parts.netloc:
        return "has a user name in it"
    if _OURS.intersection(name for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        return "has a parameter in its query that answers have"
    segments = parts.path.replace("%2e", ".").replace("%2E", ".").split("/")
    if ".." in segments or "." in segments:
        return "has dot segments"
    return _scheme_fault(uri, parts.scheme, host)


def _scheme_fault(uri: str, scheme: str, host: str) -> str:
    if scheme == "https":
        if not host:
            return "has no host"
        return "" if _HOST.fullmatch(host) else "has a host that is none"
    if scheme == "http":
        return "" if _without_port(uri) is not None else "is http beyond 127.0.0.1 and [::1]"
    if scheme in _SCRIPTS or "." not in scheme:
        return "has a scheme that is neither https nor the application's own, with a dot in it"
    return ""


def faults(client: Client) -> list[tuple[str, str]]:
    """What keeps a client from being registered: (member, rule) pairs, none of them repeating a value."""
    found = [
        (f"redirect_uris/{at}", fault) for at, uri in enumerate(client.redirect_uris) if (fault := redirect_fault(uri))
    ]
    found += [
        (f"logout_uris/{at}", fault) for at, uri in enumerate(client.logout_uris) if (fault := redirect_fault(uri))
    ]
    lists = ("redirect_uris", "logout_uris", "grants", "scopes", "default_scopes", "audience", "jwks")
    found += [(name, f"has more than {MOST} members") for name in lists if len(getattr(client, name)) > MOST]
    found += _method_faults(client) + _grant_faults(client) + _scope_faults(client)
    if not client.name.strip() or not client.name.isprintable() or len(client.name) > 100:  # noqa: PLR2004 - a line
        found.append(("name", "is not a line of up to 100 characters"))
    if client.uri is not None and not client.uri.startswith("https://"):
        found.append(("uri", "is not an https URL"))
    return found


def _method_faults(client: Client) -> list[tuple[str, str]]:
    if client.method not in METHODS:
        return [("method", "is none that exists here")]
    if client.method == "private_key_jwt":
        return _key_faults(client) if client.jwks else [("jwks", "is what private_key_jwt takes")]
    found = [("jwks", "is for private_key_jwt alone")] if client.jwks else []
    wants_secret = client.method.startswith("client_secret")
    if wants_secret != (client.secret_hash is not None):
        found.append(("method", "does not fit whether there is a secret"))
    return found


def _key_faults(client: Client) -> list[tuple[str, str]]:
    found = []
    for at, jwk in enumerate(client.jwks):
        try:
            key = key_of_jwk(jwk, ASSERTION_ALGORITHMS)
        except Unusable as error:
            found.append((f"jwks/keys/{at}", str(error)))
            continue
        if key is None or key.symmetric:
            found.append((f"jwks/keys/{at}", "is not a public key for signatures"))
    return found


def _grant_faults(client: Client) -> list[tuple[str, str]]:
    found = []
    if not client.grants or not set(GRANTS).issuperset(client.grants):
        found.append(("grants", "names none, or one that does not exist here"))
    if "client_credentials" in client.grants and client.public:
        found.append(("grants", "client_credentials is for clients that authenticate"))
    if ("authorization_code" in client.grants) != bool(client.redirect_uris):
        found.append(("redirect_uris", "are what authorization_code takes, and nothing else does"))
    if "refresh_token" in client.grants and not {"authorization_code", DEVICE} & set(client.grants):
        found.append(("grants", "refresh_token continues authorization_code or device_code"))
    return found


def _scope_faults(client: Client) -> list[tuple[str, str]]:
    found = []
    if not all(_SCOPE.fullmatch(each) for each in client.scopes):
        found.append(("scopes", "has one that is not a scope"))
    if not set(client.scopes).issuperset(client.default_scopes):
        found.append(("default_scopes", "has one that is not among scopes"))
    if not all(_URI.fullmatch(each) and "#" not in each for each in client.audience):
        found.append(("audience", "has one that is not an absolute URI without a fragment"))
    return found
