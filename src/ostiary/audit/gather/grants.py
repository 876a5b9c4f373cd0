"""What a login hands out, where it stands in the reply, and in which header fields it goes back."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from ostiary.evidence import Answer
from ostiary.parts.role_words import squeezed
from ostiary.parts.seen import cookies, tokens
from ostiary.parts.seen.bodies import NOT_JSON, parse

MOST_LEAVES: Final = 400
MOST_FORMS: Final = 14  # ways to send a credential that are tried until one opens
_SHORTEST: Final = 6  # characters of a credential
_LONG: Final = 20  # from here a random text may be one, whatever its name
_LONGEST: Final = 8192
_SPOKEN: Final = 4096  # characters of a text that tells a token among words: no page with scripts
_RANDOM: Final = re.compile(r"[A-Za-z0-9_.+/=|:~-]+")
_DIGIT: Final = re.compile(r"[0-9]")
# Names of members that hold the credential, the likeliest first.
_NAMES: Final = (
    "accesstoken", "authtoken", "authenticationtoken", "bearertoken", "token", "jwt", "jwttoken", "authorization",
    "sessiontoken", "usertoken", "apitoken", "apikey", "sessionid", "session", "sid", "idtoken", "auth", "bearer",
    "accesskey", "authkey", "xauthtoken", "ticket", "key", "access", "secret",
)  # fmt: skip
_PARTS: Final = frozenset({"id", "value", "key", "string", "text"})  # of an object that is the credential
_NOT: Final = re.compile(r"refresh|csrf|xsrf|reset|verif|confirm|expire|type$|push|device|hash|invite|otp|state|nonce")
_FIELDS: Final = (
    "authorization", "x-auth-token", "x-access-token", "x-session-token", "x-subject-token", "x-token", "access-token",
    "token", "x-api-key", "auth-token", "x-jwt-token", "x-authorization", "jwt", "authentication", "x-session-id",
)  # fmt: skip
_CSRF_COOKIE: Final = re.compile(r"csrf|xsrf", re.IGNORECASE)
_CSRF_FIELDS: Final = {"csrftoken": "X-CSRFToken", "xsrftoken": "X-XSRF-TOKEN"}
_SCHEMES: Final = ("Bearer ", "Token ", "JWT ", "")
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply holds a credential: ``json`` with a path of members, or ``header`` or ``cookie`` with a name."""

    kind: str
    path: tuple[str | int, ...]

    def value(self, answer: Answer) -> str:
        """What stands there, without a scheme in front; empty: nothing."""
        if self.kind == "cookie":
            return jar_of(answer).get(str(self.path[0]), "")
        if self.kind == "header":
            return _bare(answer.head(str(self.path[0])) or "")
        document: Any = document_of(answer)
        for each in self.path:
            try:
                document = document[each]
            except (KeyError, IndexError, TypeError):
                return ""
        return _bare(document) if isinstance(document, str) else ""


@dataclass(frozen=True, slots=True)
class Form:
    """How a credential is sent: a header field and what stands before it; ``Cookie`` sends all that was set.

    A name that begins with ``?`` is a query parameter.
    """

    name: str
    before: str = ""

    def pairs(self, value: str, jar: Mapping[str, str]) -> Pairs:
        """The header fields that carry it."""
        if self.name != "Cookie":
            return ((self.name, f"{self.before}{value}"), *_with_jar(jar))
        held = dict(jar)
        if self.before:
            held[self.before.rstrip("=")] = value
        return _with_jar(held)


@dataclass(frozen=True, slots=True)
class Way:
    """A place and a form: all that is needed to take a credential from the reply to a login and to use it.

    ``recognised``: nothing opened, and a refusal told it from a spoilt one.
    """

    place: Place
    form: Form
    recognised: bool = False

    def pairs(self, answer: Answer, before: Mapping[str, str] | None = None) -> Pairs:
        """The header fields to send after this login; empty when it handed out nothing.

        :param before: cookies that the login itself was sent with.
        """
        value = self.place.value(answer)
        jar = {**(before or {}), **jar_of(answer)}
        return self.form.pairs(value, jar if self.form.name == "Cookie" else _csrf_only(jar)) if value else ()


def document_of(answer: Answer) -> Any:
    """The reply as JSON; a bare token as the text that it is."""
    found = parse(answer.body)
    if found is NOT_JSON:
        text = answer.text.strip()
        if _looks_random(text):
            return text
        spoken = tokens.find(text) if len(text) <= _SPOKEN else None  # "Hello, ann! This is your token: eyJ..."
        return spoken.raw if spoken is not None else NOT_JSON
    return found


def jar_of(answer: Answer) -> dict[str, str]:
    """The cookies that a reply sets, without those that it takes away."""
    read = [cookies.read(each) for each in answer.all("set-cookie")]
    return {each.name: each.value for each in read if each.value and not each.deletes(time.time())}


def places(answer: Answer) -> list[Place]:
    """Where the reply to a login may hold the credential, the likeliest first."""
    ranked: list[tuple[int, Place]] = []
    for path, value in _leaves(document_of(answer)):
        rank = _rank(path, value)
        if rank is not None:
            ranked.append((rank, Place("json", path)))
    for name, value in answer.headers:
        if name in _FIELDS or (tokens.find(value) is not None and name not in {"set-cookie", "location", "link"}):
            ranked.append((50 + (_FIELDS.index(name) if name in _FIELDS else len(_FIELDS)), Place("header", (name,))))
    for field in answer.all("set-cookie"):
        each = cookies.read(field)
        if each.is_state and each.value and not each.deletes(time.time()):
            ranked.append((100, Place("cookie", (each.name,))))
    ranked.sort(key=lambda each: each[0])
    return list(dict.fromkeys(place for _, place in ranked))


def forms(place: Place, schemes: Mapping[str, Mapping[str, Any]]) -> list[Form]:
    """How what was found there may have to be sent: what the document's security schemes say first."""
    if place.kind == "cookie":
        said = [each for scheme in schemes.values() for each in ([_BEARER] if _is_bearer(scheme) else [])]
        in_cookies = any(str(scheme.get("in", "")).lower() == "cookie" for scheme in schemes.values())
        return list(dict.fromkeys([Form("Cookie"), *said] if in_cookies else [*said, Form("Cookie")]))
    found: list[Form] = []
    for scheme in schemes.values():
        kind, name = str(scheme.get("type", "")).lower(), str(scheme.get("name", ""))
        if _is_bearer(scheme):
            found.append(_BEARER)
        elif kind == "apikey" and scheme.get("in") == "header" and name:
            authorization = name.lower() == "authorization"
            found += [Form(name, each) for each in (_said(scheme) if authorization else ("",))]
        elif kind == "apikey" and scheme.get("in") == "query" and name:
            found.append(Form(f"?{name}"))
        elif kind == "apikey" and scheme.get("in") == "cookie" and name:
            found.append(Form("Cookie", f"{name}="))
    found.sort(key=lambda each: each.name.startswith("?"))  # both may work: what is in a URL can be read by more
    found += [Form("Authorization", each) for each in _SCHEMES]
    if place.kind == "header":
        found.insert(0, Form(str(place.path[0])))
    found += [Form(each) for each in ("X-Auth-Token", "X-Access-Token", "X-API-Key", "Token", "X-Token")]
    last = str(place.path[-1]) if place.path else "token"
    found += [Form("Cookie", f"{last}="), Form("Cookie")]
    return list(dict.fromkeys(found))[:MOST_FORMS]


_BEARER: Final = Form("Authorization", "Bearer ")


def _is_bearer(scheme: Mapping[str, Any]) -> bool:
    kind = str(scheme.get("type", "")).lower()
    return kind in {"http", "oauth2", "openidconnect"} and str(scheme.get("scheme", "bearer")).lower() != "basic"


def read_way(token: str, send: str) -> tuple[Place | None, Form | None]:
    """What a policy says in ``[audit.login]`` (`ostiary.parts.accounts.Login`)."""
    kind, _, rest = token.partition(":")
    path: tuple[str | int, ...] = (rest.lower(),) if kind == "header" else (rest,)
    if kind == "json":
        path = tuple(int(each) if each.isdigit() else each for each in rest.split(".") if each)
    name, _, word = send.partition(":")
    word = f"{word.strip()} " if word.strip() else ""
    return (Place(kind, path) if token else None), (Form(name.strip(), word) if send else None)


def _said(scheme: Mapping[str, Any]) -> Sequence[str]:
    """The schemes of an Authorization field that a document describes in words, the named one first."""
    text = f"{scheme.get('description', '')} {scheme.get('bearerFormat', '')} {scheme.get('x-prefix', '')}".lower()
    return sorted(_SCHEMES, key=lambda each: not (each and each.strip().lower() in text))


def _bare(text: str) -> str:
    return re.sub(r"^(?:Bearer|Token|JWT)\s+", "", text.strip(), flags=re.IGNORECASE)


def _rank(path: tuple[str | int, ...], value: str) -> int | None:
    text = _bare(value)
    name, *above = [squeezed(each) for each in reversed(path) if isinstance(each, str)] or [""]
    if name in _PARTS and above and above[0] in _NAMES:
        name = above[0]  # {"token": {"id": "...", "expires": "..."}}
    if _NOT.search(name) or (above and above[0].startswith("refresh")):  # `tokens.refresh.token`
        return None
    if not _SHORTEST <= len(text) <= _LONGEST or not _RANDOM.fullmatch(text):
        return None
    if name in _NAMES:
        return _NAMES.index(name) - (10 if tokens.find(text) is not None else 0)
    if tokens.find(text) is not None:
        return 5
    if name.endswith(("token", "jwt", "session", "sessionid", "apikey")):
        return 30
    return 60 if _looks_random(text) and not name.endswith(("id", "url", "at", "hash", "email", "uuid")) else None


def _looks_random(text: str) -> bool:
    return (
        _LONG <= len(text) <= _LONGEST
        and _RANDOM.fullmatch(text) is not None
        and (tokens.find(text) is not None or (_DIGIT.search(text) is not None and "://" not in text))
    )


def _leaves(document: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    stack: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    left = MOST_LEAVES
    while stack and left:
        left -= 1
        path, value = stack.pop()
        if isinstance(value, Mapping):
            stack += [((*path, str(key)), each) for key, each in value.items()]
        elif isinstance(value, list):
            stack += [((*path, at), each) for at, each in enumerate(value[:5])]
        elif isinstance(value, str):
            yield path, value


def _csrf_only(jar: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in jar.items() if _CSRF_COOKIE.search(name)}


def _with_jar(jar: Mapping[str, str]) -> Pairs:
    """Cookies, and the header that repeats a form token where one of them is one (double submit)."""
    if not jar:
        return ()
    found = [("Cookie", "; ".join(f"{name}={value}" for name, value in jar.items()))]
    for name, value in jar.items():
        if _CSRF_COOKIE.search(name):
            found.append((_CSRF_FIELDS.get(squeezed(name), "X-CSRF-Token"), unquote(value.strip('"'))))
            break
    return tuple(found)
