"""A reply is stripped of what it must not hold before it leaves; everything else of it stays as it was."""

from __future__ import annotations

import functools
import json
import logging
import re
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit

from ostiary.errors import Denied
from ostiary.model import Api, Exchange, Hooks, Operation, Site
from ostiary.parts.redaction import ECHO_NEEDLES, Redaction, Rules
from ostiary.parts.reply import has_body, is_json, media_of, no_store, plain_body, replace_body
from ostiary.parts.reply_pages import is_page, is_part_of_page, redacted_page
from ostiary.parts.reply_schema import Shape, restricts, shape_of, skeleton
from ostiary.parts.schema import checker
from ostiary.parts.secret_names import flat, spelt
from ostiary.parts.secrets import may_hold_one, submitted_secrets
from ostiary.strict import DecodeError, Strict, dumps, loads

logger = logging.getLogger("ostiary.guard")

_ERROR: Final = 400
_ISSUING: Final = re.compile(
    r"log-?in|sign-?in|sign-?up|register|token|session|auth(?!or)|refresh|credential|api-?key|/keys\b|secret|webhook|mfa|otp|2fa|hook",
    re.IGNORECASE,
)
_ISSUING_ROLES: Final = frozenset({"login", "otp-verify", "register"})
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "*"})
_JSON_PART: Final = re.compile(rb"\ncontent-type:(?:[^\r\n]{0,200}json|\s*text/)", re.IGNORECASE)
_PARTIAL: Final = 206  # RFC 9110 section 15.3.7
# What debuggers and error handlers of frameworks say in header fields, and no client is meant to read.
_TELLING: Final = frozenset(
    {
        b"x-debug", b"x-debug-exception", b"x-debug-exception-file", b"x-debug-info", b"x-debug-token", b"x-debug-token-link",
        b"x-debug-message", b"x-debug-sql", b"x-debug-trace", b"x-exception", b"x-exception-class", b"x-exception-message",
        b"x-exception-trace", b"x-stack-trace", b"x-stacktrace", b"x-sql", b"x-sql-query", b"x-sql-queries", b"x-query",
        b"x-clockwork-id", b"x-clockwork-version", b"x-clockwork-path", b"x-php-error", b"x-error-trace", b"x-error-stack",
        b"x-trace-file", b"x-debugbar-id", b"phpdebugbar-id", b"x-internal-error",
    }
)  # fmt: skip


class Settings(Strict, frozen=True):
    """``undeclared``: what happens to fields that a closed schema does not name, and to ``writeOnly`` ones: dropped, or the
    reply refused (``refuse``), or nothing (``keep``). ``prune``: objects that name properties count as closed though the
    schema leaves them open.

    ``issues``: this operation hands out a secret on purpose. ``hide`` and ``show``: further field names that are always
    secret, and names that never are; ``card_name`` stands for ``cardName`` too. ``pages``: whether texts, XML and HTML are searched too.
    """

    undeclared: Literal["drop", "refuse", "keep"] = "drop"
    prune: bool = False
    issues: bool = False
    hide: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    pages: bool = True


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Read JSON replies whole, and short texts; most are let go after a look for suspicious words."""
    body = _kept if operation.method in _WITH_BODY else None
    inspects = _inspects if settings.pages else _inspects_json
    issuing = settings.issues or operation.role in _ISSUING_ROLES or operation.path in _token_paths(site.api)
    reply_body = _stripping(settings, operation, issuing=issuing)
    return Hooks(body=body, reads=_reads_none, inspects=inspects, reply_body=reply_body, drops=_TELLING)


def _kept(exchange: Exchange) -> None:
    """Nothing to check: the body is only wanted at hand when an error comes back, which may repeat it."""


def _reads_none(_: str) -> bool:
    return False


def _inspects_json(exchange: Exchange) -> bool:
    if exchange.status == _PARTIAL and media_of(exchange) == b"multipart/byteranges":
        return True
    return is_json(exchange) and has_body(exchange)


def _inspects(exchange: Exchange) -> bool:
    return _inspects_json(exchange) or ((is_page(exchange) or is_part_of_page(exchange)) and has_body(exchange))


class _Known(NamedTuple):
    """What is known of an operation's replies with one status: their shape, and whether a document needs no stripping."""

    shape: Shape | None
    fits: Callable[[Any], bool] | None  # None: nothing to compare with


def _stripping(  # noqa: C901 - closures, each of them small
    settings: Settings, operation: Operation, *, issuing: bool
) -> Callable[[Exchange], None]:
    known: dict[tuple[int, str], _Known] = {}  # by status and declared type; made at the first such reply
    hides = spelt(settings.hide)
    hide, show = (frozenset(map(flat, names)) for names in (settings.hide, settings.show))
    rules = Rules(settings.undeclared, settings.prune, settings.issues, hide, show)

    def reply_body(exchange: Exchange) -> None:
        status = exchange.status
        if status == _PARTIAL and (
            is_json(exchange) or is_part_of_page(exchange) or _JSON_PART.search(exchange.reply_body)
        ):  # by asking for the right range a stranger would have the secret without its name
            raise Denied(502, "a part of a reply cannot be inspected")
        if not is_json(exchange):
            if settings.pages and is_page(exchange):
                _page(exchange, operation, keys=not (issuing or _issues(operation, exchange)))
            return
        body = plain_body(exchange)
        kind = (status, _declared(operation, status, media_of(exchange)))
        found = known.get(kind) or known.setdefault(kind, _known(operation, *kind, settings))
        error = status >= _ERROR
        suspect = (
            may_hold_one(body)
            or (error and (bool(exchange.body) or any(needle in body for needle in ECHO_NEEDLES)))
            or (hides is not None and hides.search(body) is not None)
        )
        if suspect:
            _strip(exchange, _parse(body), found.shape, error=error)
        elif found.fits is not None:
            document = _parse(body)
            if not _fits(found.fits, document):
                _strip(exchange, document, found.shape, error=error)

    def _strip(exchange: Exchange, document: Any, shape: Shape | None, *, error: bool) -> None:
        if isinstance(document, dict) and ("openapi" in document or "swagger" in document) and "paths" in document:
            return  # a document about an API speaks of passwords and shows examples
        submitted = submitted_secrets(exchange) if error and exchange.body else ()
        redaction = Redaction(rules, error=error, issuing=issuing or _issues(operation, exchange), submitted=submitted)
        document = redaction.value(document, shape)
        if redaction.places:
            _report(operation, redaction.places)
        if redaction.changed:
            replace_body(exchange, dumps(document))
        if redaction.issued:
            no_store(exchange)  # RFC 6749 section 5.1

    return reply_body


def _page(exchange: Exchange, operation: Operation, *, keys: bool) -> None:
    body = plain_body(exchange)
    shown = redacted_page(body, media_of(exchange), keys=keys)
    if shown is not body:
        _report(operation, ["in the text"])
        replace_body(exchange, shown)


def _report(operation: Operation, places: list[str]) -> None:
    logger.warning("%s: the reply held what must not leave, redacted: %s", operation.key, ", ".join(places))


def _fits(fits: Callable[[Any], bool], document: Any) -> bool:
    try:
        return fits(document)
    except ValueError:  # NaN and the like, which Python servers send
        return False


def _parse(body: bytes) -> Any:
    try:
        return loads(body)
    except (DecodeError, RecursionError, UnicodeDecodeError):
        pass
    try:
        return json.loads(body)  # knows NaN, which Python servers send
    except (ValueError, RecursionError):
        if body.strip():
            raise Denied(502, "the reply is not the JSON it says it is") from None
        return None


def _declared(operation: Operation, status: int, media: bytes) -> str:
    """The declared type whose schema describes such a reply: its own, or the first that is JSON; "" where none is."""
    for key in (str(status), f"{status // 100}XX", "default"):
        types = [each for each in operation.replies.get(key, {}) if "json" in each or each == "*/*"]
        if types:
            own = media.decode("latin-1")
            return next((each for each in types if each.partition(";")[0].strip().lower() == own), types[0])
    return ""


def _known(operation: Operation, status: int, media: str, settings: Settings) -> _Known:
    for key in (str(status), f"{status // 100}XX", "default"):
        content = operation.replies.get(key, {}).get(media)
        if content is None:
            continue
        if content.schema is None:
            return _Known(None, None)
        shape = shape_of(content.schema)
        if settings.undeclared == "keep" or not (settings.prune or restricts(content.schema)):
            return _Known(shape, None)
        rules = skeleton(shape, prune=settings.prune)
        return _Known(shape, checker(rules) if rules is not None else lambda _: False)
    return _Known(None, None)


def _issues(operation: Operation, exchange: Exchange) -> bool:
    """Creating may show a secret once, and so may whatever is about signing in."""
    return exchange.method == "POST" or _ISSUING.search(f"{exchange.path} {operation.id}") is not None


@functools.lru_cache(maxsize=8)
def _token_paths(api: Api | None) -> frozenset[str]:
    """Paths of the document's own token endpoints (OAuth 2.0 flows)."""
    flows = [
        flow for each in (api.security_schemes.values() if api else ()) for flow in (each.get("flows") or {}).values()
    ]
    urls = (str(flow.get(key, "")) for flow in flows if isinstance(flow, dict) for key in ("tokenUrl", "refreshUrl"))
    return frozenset(urlsplit(url).path for url in urls if url)
