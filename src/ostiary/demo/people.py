"""One person's day with an account, scripted: a client gets a token for them, and a reset of the password ends it all."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from ostiary.demo.accounts import AUDIENCE, House

PATIENCE: Final = 20.0  # seconds for a reply; a password is hashed before some
SOON: Final = 10.0  # seconds until every process of a gateway knows what was revoked
_BACK: Final = "http://127.0.0.1/back"  # a native client's (RFC 8252 section 7.3); nobody has to listen there
# Not where the attackers and audits of the demo come from: the two share a store, and are in jail together.
_SOURCE: Final = "127.0.0.23"
_EMAIL: Final = "ann@shop.example"


class Step(NamedTuple):
    """What was tried, what was answered, and whether that is right."""

    what: str
    status: int
    held: bool


class Said(NamedTuple):
    """A reply."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def value(self) -> dict[str, Any]:
        """Its body, where that is a JSON object."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Browser:
    """Asks like one: keeps cookies, and says which site it comes from."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._jar: dict[str, str] = {}

    def ask(self, method: str, path: str, *, value: Any = None, form: Mapping[str, str] | None = None) -> Said:
        """One request; a redirect is not followed."""
        fields = {"cookie": "; ".join(f"{name}={each}" for name, each in self._jar.items()), "accept": "*/*"}
        if method != "GET":
            fields |= {"origin": self.url, "sec-fetch-site": "same-origin"}
        said, set_here = _asked(self.url, method, path, fields, value=value, form=form)
        for line in set_here:
            name, _, rest = line.partition("=")
            self._jar[name] = rest.partition(";")[0]
        return said


def token(url: str, given: str = "") -> int:
    """The status of a call of the guarded API, with a token or without."""
    fields = {"authorization": f"Bearer {given}"} if given else {}
    return _asked(url, "GET", "/me", fields)[0].status


def _asked(
    url: str, method: str, path: str, fields: Mapping[str, str], *, value: Any = None, form: Any = None
) -> tuple[Said, list[str]]:
    parts = urlsplit(url)
    body, kind = None, {}
    if form is not None:
        body, kind = urlencode(form).encode(), {"content-type": "application/x-www-form-urlencoded"}
    elif value is not None:
        body, kind = json.dumps(value).encode(), {"content-type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, PATIENCE, source_address=(_SOURCE, 0))
    with contextlib.closing(connection):
        connection.request(method, path, body, {"host": parts.netloc, **fields, **kind})
        reply = connection.getresponse()
        text = reply.read(1 << 20).decode("utf-8", "replace")
        pairs = [(name.lower(), each) for name, each in reply.getheaders()]
    return Said(reply.status, dict(pairs), text), [each for name, each in pairs if name == "set-cookie"]


def day(house: House, gateway: str) -> list[Step]:
    """The whole of `walk`."""
    return list(walk(house, gateway))


def walk(house: House, gateway: str) -> Iterator[Step]:
    """The day, step by step; what follows a step that went wrong goes wrong as well, and is said.

    :param gateway: the URL of the guarded API, whose policy believes these accounts' tokens.
    """
    ann = Browser(house.url)
    password = secrets.token_urlsafe(18)
    told = {"email": _EMAIL, "password": password, "name": "Ann"}
    yield _is("Ann registers", 202, ann.ask("POST", "/accounts", value=told))
    proof = {"token": _mailed(house, "/verify?token="), "password": password}
    yield _is("the link in her mail proves the address", 204, ann.ask("POST", "/accounts/verification", value=proof))
    yield _is("she signs in", 201, ann.ask("POST", "/sessions", value={"email": _EMAIL, "password": password}))
    client = _client(house)
    got = _tokens(house, client, ann)
    yield _is("a client gets tokens by her consent, code and PKCE", 200, got)
    access, refresh = (str(got.value.get(f"{each}_token", "")) for each in ("access", "refresh"))
    yield _is("GET /me of the API through the gateway, without", 401, token(gateway))
    yield _is("the same with the access token", 200, token(gateway, access))
    ann.ask("POST", "/password-resets", value={"email": _EMAIL})
    anew = {"token": _mailed(house, "/reset?token="), "password": secrets.token_urlsafe(18)}
    # Somewhere else, so that this browser keeps its cookie: it is the server that has to forget the session.
    reset = Browser(house.url).ask("POST", "/password-resets/completion", value=anew)
    yield _is("the password is reset by a mailed link", 204, reset)
    yield _is("her session afterwards", 401, ann.ask("GET", "/me"))
    yield _is("the client's refresh token", 400, _refreshed(house, client, refresh))
    yield _is("the access token at the gateway", 401, _until_refused(gateway, access))


def table(steps: Sequence[Step]) -> str:
    """What happened, under 80 columns."""
    width = max((len(each.what) for each in steps), default=0)
    lines = [f"{'ACCOUNTS AND TOKENS'.ljust(width)}  REPLY"]
    lines += [f"{each.what.ljust(width)}  {each.status}{'' if each.held else '  WRONG'}" for each in steps]
    return "\n".join(lines)


def _is(what: str, wanted: int, said: Said | int) -> Step:
    status = said.status if isinstance(said, Said) else said
    return Step(what, status, status == wanted)


def _mailed(house: House, before: str) -> str:
    """The secret of the link that was mailed; "" when none comes."""
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        for each in (house.folder / "ostiary-identity.outbox").glob("*.txt"):
            _, found, rest = each.read_text(encoding="utf-8").partition(before)
            if found and rest:
                return rest.split()[0]
        time.sleep(0.05)
    return ""


def _client(house: House) -> str:
    wanted = {
        "client_name": "The shop's app", "redirect_uris": [_BACK], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"], "scope": "openid offline_access orders:read",
    }  # fmt: skip
    return str(Browser(house.url).ask("POST", "/oauth/register", value=wanted).value.get("client_id", ""))


def _tokens(house: House, client: str, ann: Browser) -> Said:
    """Ask for a code in Ann's browser, agree in her name, and exchange it (RFC 6749 section 4.1, RFC 7636)."""
    verifier = secrets.token_urlsafe(40)
    digest = hashlib.sha256(verifier.encode()).digest()
    asking = {
        "response_type": "code", "client_id": client, "redirect_uri": _BACK, "state": secrets.token_urlsafe(16),
        "scope": "openid offline_access orders:read", "resource": AUDIENCE, "code_challenge_method": "S256",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    }  # fmt: skip
    said = ann.ask("GET", f"/oauth/authorize?{urlencode(asking)}")
    for _ in range(4):  # the question, and the answer's way back
        if not said.headers.get("location", "").startswith(_BACK):
            said = _onward(ann, said)
    code = dict(parse_qsl(urlsplit(said.headers.get("location", "")).query)).get("code", "")
    given = {
        "grant_type": "authorization_code", "client_id": client, "code": code, "redirect_uri": _BACK,
        "code_verifier": verifier,
    }  # fmt: skip
    return Browser(house.url).ask("POST", "/oauth/token", form=given)


def _onward(ann: Browser, said: Said) -> Said:
    """What a browser does next: follow a redirect, or send the page's form with the answer yes."""
    there = said.headers.get("location", "")
    if there:
        parts = urlsplit(urljoin(ann.url, there))
        return ann.ask("GET", f"{parts.path}?{parts.query}")
    form = _Form()
    form.feed(said.text)
    return ann.ask("POST", form.action or "/consent", form={**form.fields, "answer": "yes"})


class _Form(HTMLParser):
    """The consent page's form: where it goes, and its hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = named.get("action") == "/consent"
            self.action = "/consent" if self._inside else self.action
        elif self._inside and tag == "input" and named.get("name"):
            self.fields[named["name"]] = named.get("value", "")


def _refreshed(house: House, client: str, refresh: str) -> Said:
    given = {"grant_type": "refresh_token", "client_id": client, "refresh_token": refresh}
    return Browser(house.url).ask("POST", "/oauth/token", form=given)


def _until_refused(gateway: str, access: str) -> int:
    """The order that a token is dead reaches a gateway with its next look at the store."""
    until = time.monotonic() + SOON
    while (status := token(gateway, access)) == 200 and time.monotonic() < until:  # noqa: PLR2004 - still believed
        time.sleep(0.2)
    return status
