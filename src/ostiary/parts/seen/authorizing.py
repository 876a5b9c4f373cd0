"""An authorization server as its clients see it: where it is, who its clients are, and what a request to it came to (RFC 6749)."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.parts.seen.bodies import parse

VERIFIER: Final = "ostiary-probe-verifier-0123456789-0123456789-0123456789"  # ostiary:probe
CHALLENGE: Final = "dsRgMvKp7g_atqK2fK2jD0CEg4ShryUWeSYxSMyH4pA"  # its SHA-256 (RFC 7636 section 4.2)
STATE: Final = "ostiary-state-4f2a9c81d07be356"
OURS: Final = "https://client.ostiary.invalid/callback"  # of a client that we register ourselves
_FORM: Final = "application/x-www-form-urlencoded"
_WELL_KNOWN: Final = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
_ACTION: Final = re.compile(rb"""<form\b[^>]*\baction\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
_REDIRECT: Final = range(300, 400)


class Client(NamedTuple):
    """A client of the server; ``secret`` is empty for a public one."""

    id: str
    redirect: str
    secret: str = ""


class Server(NamedTuple):
    """An authorization server on the target itself; its endpoints are request targets there, empty where none is known."""

    authorize: str
    token: str
    metadata: Mapping[str, Any]
    elsewhere: str = ""  # the address of one on another host, which is not asked
    places: tuple[str, ...] = ()  # keys of the operations that are its endpoints

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that it says it knows."""
        return _texts(self.metadata.get("scopes_supported"))

    def supports(self, name: str) -> tuple[str, ...]:
        """A list of its metadata (``response_types``, ``grant_types``, ``code_challenge_methods``)."""
        return _texts(self.metadata.get(f"{name}_supported"))


class Came(NamedTuple):
    """What an authorization request came to."""

    answer: Answer
    led: str  # the address of the client that it leads to (a redirect, or a form that posts itself); empty: none
    told: Mapping[str, str]  # the parameters that are handed to it
    goes_on: bool  # to the client with a code or token, or to a page that asks the user

    @property
    def error(self) -> str:
        """The error that the client is told (RFC 6749 section 4.1.2.1), or the status of a refusal."""
        if self.told.get("error"):
            return self.told["error"]
        return "" if self.goes_on else str(self.answer.status)


async def server(http: Http) -> Server:
    """Find it by its metadata (RFC 8414), by the document's security schemes, and by its operations; at most 3 requests."""
    found: dict[str, Any] = {}
    places = list(_WELL_KNOWN)
    elsewhere = ""
    for each in _schemes(http):
        url = str(each.get("openIdConnectUrl", ""))
        if url:
            target = _here(http, url)
            places[:0] = [target] if target else []
            elsewhere = elsewhere or ("" if target else url)
    for place in dict.fromkeys(places):
        told = await _metadata(http, place)
        if told:
            found = {**told, **found}
    urls = [found, *_flows(http)]
    authorize, token = (
        next((target for each in urls if (target := _here(http, str(each.get(name) or each.get(other) or "")))), "")
        for name, other in (("authorization_endpoint", "authorizationUrl"), ("token_endpoint", "tokenUrl"))
    )
    named = [str(each.get("authorization_endpoint") or each.get("authorizationUrl") or "") for each in urls]
    elsewhere = elsewhere or next((each for each in named if each and not _here(http, each)), "")
    operations = {http.purpose(each): each for each in reversed(http.operations)}
    if not authorize and "authorize" in operations:
        authorize = http.target_of(operations["authorize"]).partition("?")[0]
    if not token and "token" in operations:
        token = http.target_of(operations["token"]).partition("?")[0]
    ends = (("GET", authorize.partition("?")[0]), ("POST", token.partition("?")[0]))
    named_so = {(each.method, http.target_of(each).partition("?")[0]): each.key for each in http.operations}
    keys = tuple(named_so.get(end, " ".join(end)) for end in ends if end[1])
    return Server(authorize, token, found, "" if authorize else elsewhere, keys)


async def client(http: Http, at: Server, starts: Sequence[str] = ()) -> Client | None:
    """A client of the server: the operator's, one that the document or a sign-in names, or one that we may register.

    :param starts: addresses of authorization requests that were seen.
    """
    given = http.oauth_client
    if given is not None:
        return Client(given.id, given.redirect, given.secret)
    documented = [http.target_of(each) for each in http.operations if http.purpose(each) == "authorize"]
    for url in (*starts, *documented):
        told = parse_qs(urlsplit(url).query)
        if told.get("client_id") and told.get("redirect_uri") and urlsplit(told["redirect_uri"][0]).scheme:
            return Client(told["client_id"][0], told["redirect_uri"][0])
    endpoint = _here(http, str(at.metadata.get("registration_endpoint") or ""))
    return await _registered(http, endpoint) if endpoint and http.intrusive else None


async def _registered(http: Http, endpoint: str) -> Client | None:
    """A client of our own, where anybody may register one (RFC 7591); the request is the same for all checks, so sent once."""
    wanted = {
        "client_name": "ostiary probe",
        "redirect_uris": [OURS],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
    }
    answer = await http.send(
        "POST", endpoint, headers=[("Content-Type", "application/json")], body=json.dumps(wanted).encode(), identity=""
    )
    told = parse(answer.body) if answer.accepted else None
    if not isinstance(told, dict) or not isinstance(told.get("client_id"), str):
        return None
    secret = told.get("client_secret")
    return Client(told["client_id"], OURS, secret if isinstance(secret, str) else "")


def request(at: Server, of: Client, *also: tuple[str, str], **changes: str | None) -> str:
    """The target of a sound authorization request: code, state, S256.

    :param also: parameters that are added, even if there is one of the name.
    :param changes: parameters with other values; None leaves one out.
    """
    scopes = at.scopes
    usual: dict[str, str | None] = {
        "response_type": "code",
        "client_id": of.id,
        "redirect_uri": of.redirect,
        "scope": "openid" if "openid" in scopes else (scopes[0] if scopes else None),
        "state": STATE,
        "nonce": STATE[::-1],
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    pairs = [(name, value) for name, value in usual.items() if value is not None]
    return f"{at.authorize}{'&' if '?' in at.authorize else '?'}{urlencode([*pairs, *also])}"


async def asked(http: Http, target: str, of: Client, identity: str = "") -> Came:
    """Send an authorization request."""
    return came(http, await http.send("GET", target, identity=identity, headers=[("Accept", "text/html,*/*")]), of)


def came(http: Http, answer: Answer, of: Client) -> Came:
    """What a reply of the authorization endpoint is."""
    location = answer.head("location") if answer.status in _REDIRECT else None
    if location is not None:
        url = urljoin(http.base + answer.asked.target, location)
        if _same_place(url, http.base) and not _same_client(url, of):
            return Came(answer, "", {}, goes_on="error" not in parse_qs(urlsplit(url).query))
        told = _told(url)
        return Came(answer, url, told, goes_on="error" not in told)
    action = _ACTION.search(answer.body) if answer.accepted else None
    if action is not None:
        url = urljoin(http.base + answer.asked.target, html.unescape(action[1].decode("utf-8", "replace")))
        if not _same_place(url, http.base) or _same_client(url, of):
            return Came(answer, url, {}, goes_on=True)
    return Came(answer, "", {}, goes_on=answer.accepted)


async def redeemed(http: Http, at: Server, of: Client, **members: str | None) -> Answer:
    """Ask the token endpoint (RFC 6749 section 3.2); the client says who it is in the body."""
    pairs = [("client_id", of.id), *([("client_secret", of.secret)] if of.secret else [])]
    pairs += [(name, value) for name, value in members.items() if value is not None]
    return await http.send(
        "POST", at.token, headers=[("Content-Type", _FORM)], body=urlencode(pairs).encode(), identity="", fresh=True
    )


def token_in(answer: Answer) -> str:
    """The access token of a reply of the token endpoint; empty: none."""
    told = parse(answer.body) if answer.accepted else None
    token = told.get("access_token") if isinstance(told, dict) else None
    return token if isinstance(token, str) else ""


def error_in(answer: Answer) -> str:
    """The error that a token endpoint names (RFC 6749 section 5.2); empty: none."""
    told = parse(answer.body)
    error = told.get("error") if isinstance(told, dict) and not answer.accepted else None
    return error if isinstance(error, str) else ""


def _told(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    return dict(parse_qsl(parts.query)) | dict(parse_qsl(parts.fragment))


def _same_place(url: str, base: str) -> bool:
    one, other = urlsplit(url), urlsplit(base)
    return (one.scheme, one.netloc) == (other.scheme, other.netloc)


def _same_client(url: str, of: Client) -> bool:
    one, other = urlsplit(url), urlsplit(of.redirect)
    return (one.scheme, one.netloc, one.path) == (other.scheme, other.netloc, other.path)


def _here(http: Http, url: str) -> str:
    """The request target of a URL of the target's own host; empty for another host's."""
    if not url:
        return ""
    whole = urlsplit(urljoin(http.base + "/", url))
    own = urlsplit(http.base)
    if whole.netloc != own.netloc and not _is_named_so(whole.hostname or "", http):
        return ""
    return whole.path + (f"?{whole.query}" if whole.query else "")


def _is_named_so(host: str, http: Http) -> bool:
    """Whether the document's own servers, which the target stands for, are at this host."""
    servers = {urlsplit(each).hostname for each in (http.api.servers if http.api is not None else ())}
    return host in servers


def _schemes(http: Http) -> list[Mapping[str, Any]]:
    return list(http.api.security_schemes.values()) if http.api is not None else []


def _flows(http: Http) -> list[Mapping[str, Any]]:
    """The OAuth flows of the document that use the authorization endpoint, or a client's own credentials."""
    found: list[Mapping[str, Any]] = []
    for each in _schemes(http):
        flows = each.get("flows")
        listed = list(flows.values()) if isinstance(flows, dict) else [each] if each.get("type") == "oauth2" else []
        found += [flow for flow in listed if isinstance(flow, dict)]
    found.sort(key=lambda flow: "authorizationUrl" not in flow)
    return found


async def _metadata(http: Http, place: str) -> dict[str, Any]:
    try:
        answer = await http.send("GET", place, identity="")
    except Unanswerable:
        return {}
    told = parse(answer.body) if answer.accepted else None
    return told if isinstance(told, dict) and ("authorization_endpoint" in told or "token_endpoint" in told) else {}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
