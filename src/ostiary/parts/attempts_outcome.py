"""Whether a guess was right is read off the application's reply, whoever wrote the application."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote, quote_plus, unquote_to_bytes

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange
from ostiary.parts import reply as replies
from ostiary.parts.role_words import concepts, listed, squeezed, words
from ostiary.strict import DecodeError, Strict, dumps, loads

GOOD: Final = "good"
BAD: Final = "bad"
NEITHER: Final = "neither"  # nothing was learnt: the guess is taken back

MOST_BODY: Final = 256 * 1024  # bytes of a reply that are looked at
# What the sender did wrong was not the secret (RFC 9110 section 15.5, RFC 6585): no guess was made.
_NO_GUESS: Final = frozenset({405, 406, 408, 411, 412, 413, 414, 415, 417, 421, 425, 426, 428, 429, 431})
_TOKENS: Final = frozenset(
    listed("""token accesstoken authtoken authenticationtoken bearertoken idtoken refreshtoken sessiontoken sessionid session sid
    jwt jwttoken apikey apitoken ticket bearer authorization accesskey key""")
)
_WRONG: Final = frozenset(
    listed(
        "fail failed failure error errors unauthorized unauthorised unauthenticated denied forbidden invalid ko nok rejected"
    )
)
_FLAGS: Final = frozenset(listed("success succeeded ok authenticated isauthenticated valid issuccess loggedin"))
_MORE_FACTORS: Final = frozenset(  # the password was right, and is not all
    listed("""mfarequired mfaenrollmentrequired mfachallengerequired twofactorrequired 2farequired otprequired
    totprequired secondfactorrequired interactionrequired multifactorauthrequired""")
)
_PASSWORD_INPUT: Final = re.compile(rb"<input\b[^<>]{0,500}\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_BODY: Final = re.compile(r"(?P<at>/\S*) (?:(?P<exists>exists)|(?P<sign>==|!=) (?P<value>.+))")
_GIVEN: Final = _TOKENS | {"user", "userid"}
_VERDICTS: Final = frozenset(
    listed("verified isverified isvalid match matched matches correct iscorrect accepted approved")
)
_PERSONAL: Final = frozenset(
    listed("id uid userid user username email phone name")
)  # beside these it is an account's state
_ENVELOPES: Final = frozenset({"data", "result", "response", "payload"})
_NO: Final = frozenset(b"invalid incorrect wrong fail failed failure denied unauthorized unauthorised mismatch".split())
_LETTERS: Final = re.compile(rb"[a-z]+")
_SENTENCE: Final = 200  # bytes
_NOT_MODIFIED: Final = 304
_OK, _REDIRECT, _CLIENT_FAULT, _SERVER_FAULT = 200, 300, 400, 500


class Sign(Strict, frozen=True):
    """How a reply is recognised; all that is given must fit.

    ``status``: any of these. ``body``: ``"/error exists"``, ``"/success == false"`` or ``"/code != 0"``, a JSON pointer and
    a JSON value. ``contains``: a text anywhere in the body. ``location``: a text in the Location header field.
    """

    status: tuple[int, ...] = ()
    body: str = ""
    contains: str = ""
    location: str = ""


class _Asked(NamedTuple):
    sign: Sign
    pointer: tuple[str, ...]
    exists: bool
    equal: bool
    value: Any


Judge = Callable[[Exchange, str], str]


def unseen(status: int) -> str:
    """What a reply says by its status alone, where nobody saw more of it: a reply hook refused it.

    The caller may have learnt something from that, so a strike is the safer error.
    """
    return NEITHER if status >= _SERVER_FAULT or status in _NO_GUESS or status < _OK else BAD


def judge_of(success: Sequence[Sign], failure: Sequence[Sign], where: str) -> Judge:
    """What says GOOD, BAD or NEITHER of a reply, its body read or not; the second argument is a client of OAuth, or "".

    :raises ConfigError: for a sign that says nothing, or cannot be read.
    """
    good = [_asked(each, f"{where} success") for each in success]
    bad = [_asked(each, f"{where} failure") for each in failure]

    def judge(exchange: Exchange, client: str) -> str:
        body = _body(exchange)
        document = _document(exchange, body)
        if any(_fits(each, exchange, body, document) for each in good):
            return GOOD
        if any(_fits(each, exchange, body, document) for each in bad):
            return BAD
        return _of_client(exchange.status, document) if client else _usual(exchange, body, document)

    return judge


def _asked(sign: Sign, where: str) -> _Asked:
    if sign == Sign():
        raise ConfigError(where, "an empty table fits every reply", "give status, body, contains or location")
    if not sign.body:
        return _Asked(sign, (), exists=False, equal=False, value=None)
    found = _BODY.fullmatch(sign.body)
    if found is None:
        hint = 'write "/error exists", "/success == false" or "/code != 0"'
        raise ConfigError(where, f"{sign.body!r} asks nothing of a body", hint)
    tokens = (
        tuple(each.replace("~1", "/").replace("~0", "~") for each in found["at"][1:].split("/"))
        if found["at"] != "/"
        else ()
    )
    value = None
    if found["exists"] is None:
        try:
            value = loads(found["value"].encode())
        except DecodeError as error:
            raise ConfigError(where, f"{found['value']!r} is not a JSON value", 'texts are quoted: "fail"') from error
    return _Asked(sign, tokens, exists=found["exists"] is not None, equal=found["sign"] == "==", value=value)


def _fits(asked: _Asked, exchange: Exchange, body: bytes, document: Any) -> bool:
    sign = asked.sign
    if sign.status and exchange.status not in sign.status:
        return False
    if sign.location and sign.location not in (exchange.reply_head(b"location") or b"").decode("latin-1"):
        return False
    if sign.contains and sign.contains.encode() not in body:
        return False
    if not sign.body:
        return True
    here = document
    for token in asked.pointer:
        if isinstance(here, list) and token.isascii() and token.isdigit() and int(token) < len(here):
            here = here[int(token)]
        elif isinstance(here, dict) and token in here:
            here = here[token]
        else:
            return not asked.exists and not asked.equal and document is not None
    return asked.exists or ((here == asked.value and type(here) is type(asked.value)) == asked.equal)


def _usual(exchange: Exchange, body: bytes, document: Any) -> str:
    status = exchange.status
    if status >= _SERVER_FAULT or status in _NO_GUESS or status < _OK:
        return NEITHER
    if status >= _CLIENT_FAULT:
        return NEITHER if isinstance(document, dict) and _wants_more(document, exchange) else BAD
    if status >= _REDIRECT:
        return BAD if status == _NOT_MODIFIED or _back(exchange) else GOOD
    if isinstance(document, dict):
        wrong = _says_wrong(document, exchange)
        return BAD if wrong and (_is_flat_no(document) or not _has_token(document)) else GOOD
    if body and b"html" in replies.media_of(exchange) and _PASSWORD_INPUT.search(body) is not None:
        return BAD  # the form again
    return BAD if _says_no(body, document) else GOOD


def _says_no(body: bytes, document: Any) -> bool:
    """Whether a reply that is no object is no success: ``false``, ``null``, a short text that says so."""
    if document is False or body.strip() == b"null":
        return True
    if document is not None and not isinstance(document, str):
        return False
    text = body if document is None else document.encode("utf-8", "replace")
    return len(text) <= _SENTENCE and not _NO.isdisjoint(_LETTERS.findall(text.lower()))


def _of_client(status: int, document: Any) -> str:
    """A client's own secret was wrong (RFC 6749 section 5.2), or something else was, which is no guess."""
    if _OK <= status < _REDIRECT:
        return GOOD
    error = document.get("error") if isinstance(document, dict) else None
    wrong = error == "invalid_client" if isinstance(error, str) else status == 401  # noqa: PLR2004
    return BAD if wrong else NEITHER


def _is_flat_no(document: dict[str, Any]) -> bool:
    """Whether a flag says that it failed: then what looks like a token is that of the session before signing in."""
    return any(squeezed(name) in _FLAGS and (value is False or value == "false") for name, value in document.items())


def _wants_more(document: dict[str, Any], exchange: Exchange) -> bool:
    told = [each for each in document.values() if isinstance(each, str) and squeezed(each) in _MORE_FACTORS]
    return bool(told) and not any(_was_sent(each, exchange) for each in told)


def _was_sent(text: str, exchange: Exchange) -> bool:
    """Whether the request held this text: an application that repeats what it is sent does not say so itself."""
    raw = text.encode("utf-8", "surrogatepass")
    spellings = {raw, quote_plus(raw).encode(), quote(raw).encode(), dumps(text)[1:-1]}
    places = (exchange.body, exchange.query, exchange.raw_path, unquote_to_bytes(exchange.query))
    values = [value for _, value in exchange.headers]
    return any(each in place for each in spellings for place in (*places, *values))


def _says_wrong(document: dict[str, Any], exchange: Exchange) -> bool:
    if _wants_more(document, exchange):
        return False
    inner = [each for name, each in document.items() if isinstance(each, dict) and squeezed(name) in _ENVELOPES]
    return any(_is_wrong(each) for each in (document, *inner))


def _is_wrong(document: dict[str, Any]) -> bool:
    if not _GIVEN.isdisjoint(map(squeezed, document)) and all(each is None for each in document.values()):
        return True  # {"user": null, "token": null}
    names = set(map(squeezed, document))
    for name, value in document.items():
        plain = squeezed(name)
        if value is False and plain in _VERDICTS and names.isdisjoint(_PERSONAL):
            return True
        if plain in {"error", "errors", "errormessage", "errorcode", "nonfielderrors"} and value and value != "0":
            return True
        if plain in _FLAGS:
            if value is False or value == "false":
                return True
        elif plain in {"status", "result", "code", "statuscode", "type"}:
            if isinstance(value, str) and squeezed(value) in _WRONG:
                return True
            if isinstance(value, int) and _CLIENT_FAULT <= value < _SERVER_FAULT and value not in _NO_GUESS:
                return True
    return False


def _has_token(document: dict[str, Any], depth: int = 2) -> bool:
    for name, value in document.items():
        if isinstance(value, str) and len(value) > 7 and squeezed(name) in _TOKENS:  # noqa: PLR2004 - shorter ones are none
            return True
        if depth and isinstance(value, dict) and _has_token(value, depth - 1):
            return True
    return False


def _back(exchange: Exchange) -> bool:
    """Whether a redirect leads back to where one signs in, or says of itself that it went wrong."""
    location = (exchange.reply_head(b"location") or b"").decode("latin-1")
    path, _, query = location.partition("#")[0].partition("?")
    path = re.sub(r"^[a-z]+://[^/]*", "", path)
    if path and path == exchange.raw_path.decode("latin-1"):
        return True
    told = {squeezed(each.partition("=")[0]) for each in query.split("&")}
    if told & {"error", "errors", "failed", "failure", "loginerror", "autherror"}:
        return True
    last = words(path.rstrip("/").rpartition("/")[2])
    return bool(last) and set(concepts(last)) == {"login"}


def _body(exchange: Exchange) -> bytes:
    if not exchange.reply_body or len(exchange.reply_body) > MOST_BODY:
        return b""
    try:
        return replies.plain_body(exchange)[:MOST_BODY]
    except Denied:  # coded in a way that nobody here can read
        return b""


def _document(exchange: Exchange, body: bytes) -> Any:
    if not body or not (replies.is_json(exchange) or body.lstrip()[:1] == b"{"):
        return None
    try:
        return loads(body)
    except (DecodeError, RecursionError):
        return None
