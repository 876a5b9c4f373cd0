"""What a reply's bytes really are, judged from the bytes alone."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from ostiary.evidence import Answer

NOT_JSON: Final = object()
_HTML: Final = re.compile(
    rb"\s*(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body|script|iframe|h1|div|p|table|title|a|br|pre|meta|b|center)\b",
    re.IGNORECASE | re.DOTALL,
)
_XML: Final = re.compile(rb"\s*<(?:\?xml\b|svg\b|[A-Za-z_][\w:.-]*(?:\s[^<>]*)?/?>)")


_SENTENCE: Final = 160  # bytes of a reply that says nothing else
_REFUSAL: Final = re.compile(
    rb"""[\s"'*]*(?:error\s*[:!]|(?:error\W+)?(?:
        (?:invalid|missing|wrong|expired|incorrect|bad|no)\s+(?:[\w-]+\s+){0,3}?
            (?:cookie|token|session|credentials?|api[\s_-]?key|password|username|csrf[\s_-]?token|signature)(?:\s+(?:or|and|given|found|provided|supplied|present)\b[^{}]*)?\W*$
        |un-?authori[sz]ed|un-?authenticated|forbidden\W*$|(?:access|permission)\s+(?:is\s+|was\s+)?denied
        |not\s+(?:authori[sz]ed|authenticated|logged\s+in)
        |(?:log\s?in|sign\s?in|authentication|authori[sz]ation)\s+(?:has\s+)?(?:failed|(?:is\s+)?(?:required|needed))
        |(?:please|you\s+(?:must|need\s+to|have\s+to))\s+(?:first\s+)?(?:log|sign)\s?-?in
        |you\s+(?:do\s+not|don.{1,3}t)\s+have\s+(?:the\s+)?(?:permissions?|access|rights?)
        |you\s+are\s+not\s+(?:authori[sz]ed|logged\s+in|allowed|authenticated)
        |(?:user(?:name)?|account|e-?mail)\s+(?:is\s+)?already\s+(?:exists?|registered|taken|in\s+use)
        |user\s+(?:was\s+)?not\s+found
    ))""",
    re.IGNORECASE | re.VERBOSE,
)


def parse(body: bytes) -> Any:
    """The JSON document, or `NOT_JSON`."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return NOT_JSON


def _no_constant(name: str) -> Any:
    raise ValueError(name)  # NaN and Infinity are not JSON (RFC 8259 section 6)


def kind_of(body: bytes) -> str:
    """One of ``empty``, ``json`` (an object or array), ``html``, ``xml``, ``text``, ``binary``."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return "empty"
    if start[:1] in b"{[" and parse(body) is not NOT_JSON:
        return "json"
    if _HTML.match(start):
        return "html"
    if _XML.match(start):
        return "xml"
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return "binary"
    return "binary" if any(ord(char) < 32 and char not in "\t\r\n\f\x1b" for char in text[:4096]) else "text"  # noqa: PLR2004


def is_json_type(media: str) -> bool:
    """JSON by name or structured suffix."""
    return media in {"application/json", "text/json"} or media.endswith("+json")


_ENVELOPES: Final = frozenset({"response", "result", "reply"})  # all that there is comes in one of these, at some
# Express' `res.send(err)` in a `catch` answers 200 with the exception: of Mongoose, of Sequelize.
_EXCEPTION: Final = re.compile(r"[A-Z]\w{2,40}Error")
_OF_EXCEPTIONS: Final = (frozenset({"errors", "_message"}), frozenset({"parent", "original"}))


def says_error(document: Any) -> str:
    """Why a 2xx's whole document reads as a failure, or an empty string.

    Only what the document says of itself at its top, or in its envelope, counts: an item whose ``error`` is a field among data does not.
    """
    if not isinstance(document, dict) or not document:
        return ""
    low = {str(key).lower(): value for key, value in document.items()}
    if len(low) == 1 and isinstance(inner := next(iter(low.values())), dict) and next(iter(low)) in _ENVELOPES:
        return says_error(inner)
    for name in ("success", "ok"):
        if low.get(name) is False:
            return f'"{name}": false'
    state = low.get("status")
    if isinstance(state, str) and state.lower() in {"error", "fail", "failed", "failure"}:
        return '"status" says it failed'
    return _thrown(low) or _nothing_else(low)


def _thrown(low: dict[str, Any]) -> str:
    name = low.get("name")
    if isinstance(name, str) and _EXCEPTION.fullmatch(name) and any(each.issubset(low) for each in _OF_EXCEPTIONS):
        return f"it is a {name} of the server's code"
    return ""


def _nothing_else(low: dict[str, Any]) -> str:
    """Why a document that holds an error, and nothing that was asked for, is one."""
    around = {"error", "errors", "message", "code", "status", "statuscode", "detail", "timestamp", "path", "trace_id"}
    data = [name for name, value in low.items() if name not in around and value not in (None, [], {}, "")]
    if not data:
        if low.get("error") not in (None, False, "", [], {}, 0):
            return '"error" and nothing besides'
        if isinstance(low.get("errors"), list) and low["errors"]:
            return '"errors" and nothing besides'
        code = low.get("statuscode", low.get("status", low.get("code")))
        if isinstance(code, int) and not isinstance(code, bool) and 400 <= code <= 599:  # noqa: PLR2004
            return f"the body says {code}"
    return ""


def refuses_in_words(body: bytes) -> bool:
    """Whether a whole 2xx body is one short sentence that turns the caller away: "Login failed!", "Invalid cookie!"."""
    return len(body) <= _SENTENCE and b"<" not in body and _REFUSAL.match(body) is not None


def label_fault(answer: Answer) -> str:
    """How a reply's Content-Type contradicts its body, or an empty string."""
    if not answer.body or answer.truncated or answer.status in {204, 304}:
        return ""
    values = answer.all("content-type")
    if not values:
        return "a body without Content-Type"
    if len({value.lower().replace(" ", "") for value in values}) > 1:
        return "two different Content-Types"
    media = answer.media_type
    if re.fullmatch(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", media) is None:
        return "a malformed Content-Type"
    if answer.head("content-encoding") not in {None, "identity"}:
        return ""
    kind = kind_of(answer.body)
    if is_json_type(media) and parse(answer.body) is NOT_JSON and kind != "empty":
        return f"a body labelled {media} is not JSON" + (" but HTML" if kind == "html" else "")
    if media in {"text/html", "application/xhtml+xml"} and kind == "json":
        return "JSON labelled as HTML"
    if media in {"text/javascript", "application/javascript"} and kind in {"json", "html"}:
        return f"{kind.upper()} labelled as script"
    return ""
