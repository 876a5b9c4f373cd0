"""Operations that send or check codes answer without them: in body, header fields, cookies and redirects."""

from __future__ import annotations

import logging
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from ostiary.errors import Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts import body as bodies
from ostiary.parts import cookies
from ostiary.parts.one_time_codes import (
    holds_codes,
    is_code,
    is_hash_of_code,
    is_secret_link,
    is_stage_token,
    means_code,
    names_in,
    without_codes,
)
from ostiary.parts.reply import has_body, is_json, plain_body, replace_body
from ostiary.parts.reply_pages import is_page
from ostiary.parts.secret_shapes import HIDDEN
from ostiary.strict import DecodeError, Strict, dumps, loads

logger = logging.getLogger("ostiary.guard")

_ROLES: Final = frozenset({"login", "otp-verify", "otp-send", "reset", "register"})
_SENDING: Final = frozenset({"otp-send", "reset", "register"})  # a bare "code" in a success of theirs is the code
_MAILING: Final = frozenset({"reset", "register"})  # what a mail brings must not come here
_AROUND: Final = frozenset({"data", "result", "payload"})  # beside these, "code" is an envelope's own status
_DEEP: Final = 100


class Settings(Strict, frozen=True):
    """``show``: names of fields that hold no one-time code although they look it; ``hide``: further names that always do."""

    show: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Look at the replies of operations with a role: login, otp-send, otp-verify, reset, register."""
    if operation.role not in _ROLES:
        return None
    strip = _Strip(settings, operation)
    # the request's body is only wanted at hand: whoever shows a code may be given the token it stands for
    return Hooks(body=_kept, reads=_reads_none, inspects=_inspects, reply_body=strip.body, reply=strip.head, pure=True)


def _kept(exchange: Exchange) -> None:
    pass


def _reads_none(_: str) -> bool:
    return False


def _inspects(exchange: Exchange) -> bool:
    return (is_json(exchange) or is_page(exchange)) and has_body(exchange)


class _Strip:
    """What is taken out of the replies of one operation."""

    def __init__(self, settings: Settings, operation: Operation) -> None:
        self._show = frozenset(settings.show)
        self._hide = frozenset(settings.hide)
        self._operation = operation
        self._role = operation.role

    def body(self, exchange: Exchange) -> None:
        """Hide codes in a JSON document, and where a text tells one."""
        body = plain_body(exchange)
        places: list[str] = []
        if not is_json(exchange):
            text = body.decode("latin-1")
            shown = HIDDEN if is_code(text.strip(), strict=True) else without_codes(text)
            if shown != text:
                replace_body(exchange, shown.encode("latin-1"))
                self._report(["the text"])
            return
        try:
            document = loads(body)
        except (DecodeError, RecursionError, UnicodeDecodeError):
            if body.strip():
                raise Denied(502, "the reply is not the JSON it says it is") from None
            return
        success = exchange.status < 400  # noqa: PLR2004
        mailed = self._role in _MAILING and not self._is_proven(exchange)
        if isinstance(document, (str, int)) and is_code(document, strict=True):
            document = HIDDEN
            places.append("/")
        else:
            self._walk(document, "", places, success=success, mailed=mailed)
        if places:
            replace_body(exchange, dumps(document))
            self._report(places)

    def _walk(self, value: Any, at: str, places: list[str], *, success: bool, mailed: bool, depth: int = 0) -> None:
        if depth > _DEEP:
            raise Denied(502, "the reply is nested too deeply to inspect")
        if isinstance(value, list):
            for index, each in enumerate(value):
                self._walk(each, f"{at}/{index}", places, success=success, mailed=mailed, depth=depth + 1)
            return
        if not isinstance(value, dict):
            return
        enveloped = not _AROUND.isdisjoint(value)
        for name, each in value.items():
            here = f"{at}/{name[:40]}"
            if name not in self._show and self._holds_code(
                name, each, bare=success and not enveloped, mailed=mailed and success
            ):
                value[name] = HIDDEN if isinstance(each, str) else [] if isinstance(each, list) else None
                places.append(here)
            elif isinstance(each, str):
                shown = without_codes(each)
                if shown != each:
                    value[name] = shown
                    places.append(here)
            else:
                self._walk(each, here, places, success=success, mailed=mailed, depth=depth + 1)

    def _holds_code(self, name: str, value: Any, *, bare: bool, mailed: bool) -> bool:
        if name in self._hide:
            return value is not None
        if isinstance(value, str) and value.startswith("otpauth:"):
            return False  # enrolment shows its seed once
        if is_hash_of_code(name):
            return isinstance(value, str) and bool(value)
        if means_code(name):
            return is_code(value) or holds_codes(value)
        if self._role not in _SENDING:
            return False
        if name.lower() in {"code", "token"} and bare and is_code(value, strict=True):
            return True
        return mailed and (
            is_secret_link(name, value)
            or (isinstance(value, str) and (is_stage_token(name) or self._is_reset(name, value)))
        )

    def _is_reset(self, name: str, value: str) -> bool:
        return self._role == "reset" and name.lower() == "token" and bool(value)

    @staticmethod
    def _is_proven(exchange: Exchange) -> bool:
        """Whether the request shows a code or a token, for which another may be given."""
        if not exchange.body:
            return False
        try:
            names = names_in(bodies.document(exchange))
        except Denied:
            return False
        return any(
            means_code(name) or is_stage_token(name) or name.lower() in {"code", "token", "key"} for name in names
        )

    def head(self, exchange: Exchange) -> None:
        """Drop header fields and cookies that are codes, and codes out of a redirect."""
        if exchange.ours:
            return
        kept = []
        for name, value in exchange.reply_headers:
            if name == b"set-cookie":
                cookie = cookies.read(value)
                if means_code(cookie.name) and is_code(cookie.value):
                    continue
            elif name == b"location":
                value = self._location(value)  # noqa: PLW2901 - the same field
            elif means_code(name.decode("latin-1").removeprefix("x-")) and is_code(value.decode("latin-1").strip()):
                continue
            kept.append((name, value))
        if kept != exchange.reply_headers:
            exchange.reply_headers = kept
            self._report(["the header fields"])

    def _location(self, value: bytes) -> bytes:
        text = value.decode("latin-1")
        if "?" not in text:
            return value
        query = urlsplit(text).query
        pairs = parse_qsl(query, keep_blank_values=True)
        left = [(name, each) for name, each in pairs if not self._in_query(name, each)]
        return text.replace(query, urlencode(left), 1).encode("latin-1") if len(left) < len(pairs) else value

    def _in_query(self, name: str, value: str) -> bool:
        return name not in self._show and (means_code(name) or name == "code") and is_code(value, strict=name == "code")

    def _report(self, places: list[str]) -> None:
        logger.warning("%s: the reply held a one-time code, taken out: %s", self._operation.key, ", ".join(places[:8]))
