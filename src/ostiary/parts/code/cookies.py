"""Cookies that code sets: their names and flags, in the calls of many frameworks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.code import Call, Code, Language, Value

_STATE: Final = re.compile(
    r"(?i)sess|token|jwt|auth|sid(?:$|[^e])|(?:^|[._-])sid$|login|remember|refresh|access|identity|user(?:_?id)?$|account|credential|bearer|sso|connect\.sid"
)
_NOT_STATE: Final = re.compile(
    r"(?i)csrf|xsrf|theme|lang|locale|consent|banner|prefer|analytics|_ga|tracking|cart|currency|timezone|flash|sidebar|inside|last_?login|login_?(?:hint|redirect|next)|referr|device|visitor|utm"
)
_DOUBLE: Final = re.compile(r"(?i)csrf|xsrf")
_PYTHON: Final = ("*.set_cookie", "*.set_signed_cookie")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie that a call sets; a flag is None where it cannot be told."""

    call: Call
    name: str  # empty: not known
    value: Value | None
    secure: bool | None
    http_only: bool | None

    @property
    def is_double_submit(self) -> bool:
        """Whether scripts have to read it, to send it back."""
        return _DOUBLE.search(self.name) is not None


def is_state(cookie: Cookie) -> bool:
    """Whether it holds a session, a token or who somebody is, by its name or by what is put into it."""
    if _NOT_STATE.search(cookie.name) or (
        cookie.value is not None and (cookie.value.literal is None or cookie.value.literal == "")
    ):
        return False
    if cookie.name:
        return _STATE.search(cookie.name) is not None
    value = cookie.value
    return value is not None and re.search(r"(?i)token|jwt|session", value.name or value.text) is not None


def set_in(code: Code) -> Iterator[Cookie]:
    """Every cookie that is set, but for those that are deleted."""
    for finder in (_python, _javascript, _java, _ktor, _go, _php, _ruby):
        yield from finder(code)


def _flag(value: Value | None, *, otherwise: bool | None) -> bool | None:
    if value is None:
        return otherwise
    return bool(value.literal) if value.known else None


def _text(value: Value | None) -> str:
    return value.literal if value is not None and isinstance(value.literal, str) else ""


def _python(code: Code) -> Iterator[Cookie]:
    for call in code.calls(*_PYTHON, languages=[Language.PYTHON]):
        age = call.argument(2, "max_age")
        if (age is not None and age.literal == 0) or len(call.args) + len(call.keywords) == 1:
            continue
        missing = None if call.spread else False
        yield Cookie(
            call=call,
            name=_text(call.argument(0, "key", "name")),
            value=call.argument(1, "value"),
            secure=_flag(call.argument(6 if "set_cookie" in call.name else None, "secure"), otherwise=missing),
            http_only=_flag(call.argument(7 if "set_cookie" in call.name else None, "httponly"), otherwise=missing),
        )


_REPLIES: Final = re.compile(
    r"(?i)(?:^|\.)(?:res|resp|response|reply|ctx\.cookies|cookies\(\)|cookies|cookieStore|c)\.(?:cookie|setCookie|set)$"
)


def _javascript(code: Code) -> Iterator[Cookie]:
    for call in code.calls(
        ".cookie", ".setCookie", "cookies.set", "*.cookies.set", "*cookies().set", languages=[Language.JAVASCRIPT]
    ):
        if len(call.args) < 2 or not _REPLIES.search(call.name):  # noqa: PLR2004 - name and value
            continue
        options = call.args[2] if len(call.args) > 2 else None  # noqa: PLR2004 - as above
        closed = options is None or bool(options.pairs) or options.literal == {}
        if options is not None and options.parts:
            closed = False
        given = options.pairs if options is not None else {}
        age = given.get("maxAge")
        if age is not None and age.literal == 0:
            continue
        koa = call.method == "set" and "ctx" in call.name
        missing = False if closed else None
        yield Cookie(
            call=call,
            name=_text(call.args[0]),
            value=call.args[1],
            secure=_flag(given.get("secure"), otherwise=missing),
            http_only=_flag(given.get("httpOnly"), otherwise=True if koa else missing),
        )


_SETTERS: Final = {
    "isHttpOnly": "setHttpOnly",
    "secure": "setSecure",
    "maxAge": "setMaxAge",
}  # Kotlin's names of setters


def _java(code: Code) -> Iterator[Cookie]:
    languages = (Language.JAVA, Language.KOTLIN)
    calls = code.calls(".Cookie", languages=languages)
    setters = code.calls(
        ".setHttpOnly", ".setSecure", ".setMaxAge", ".isHttpOnly", ".secure", ".httpOnly", languages=languages
    )
    properties = code.assignments(*(f".{each}" for each in _SETTERS), languages=[Language.KOTLIN])
    for call in calls:
        if len(call.args) < 2:  # noqa: PLR2004 - name and value
            continue
        own = [each for each in setters if each.function is call.function and call.line <= each.line <= call.line + 15]
        flags = {each.method: each.args[0].literal for each in own if each.args}
        flags |= {
            _SETTERS[each.last]: each.value.literal
            for each in properties
            if each.function is call.function and call.line <= each.line <= call.line + 15
        }
        if flags.get("setMaxAge") == 0:
            continue
        yield Cookie(
            call=call,
            name=_text(call.args[0]),
            value=call.args[1],
            secure=_known(flags, "setSecure"),
            http_only=_known(flags, "setHttpOnly"),
        )
    for call in code.calls("*ResponseCookie.from.*.build", "*ResponseCookie.from().*.build", languages=languages):
        yield from _built(call)


def _ktor(code: Code) -> Iterator[Cookie]:
    for call in code.calls(".cookies.append", languages=[Language.KOTLIN]):
        age = call.argument(None, "maxAge")
        if len(call.args) + len(call.keywords) < 2 or (age is not None and age.literal == 0):  # noqa: PLR2004 - name and value
            continue
        yield Cookie(
            call=call,
            name=_text(call.argument(0, "name")),
            value=call.argument(1, "value"),
            secure=_flag(call.argument(None, "secure"), otherwise=False),
            http_only=_flag(call.argument(None, "httpOnly"), otherwise=False),
        )


def _known(flags: dict[str, object], name: str) -> bool | None:
    value = flags.get(name, False)
    return value if isinstance(value, bool) else None


def _built(call: Call) -> Iterator[Cookie]:
    steps: dict[str, Call] = {}
    current: Call | None = call
    for _ in range(20):
        if current is None:
            break
        steps[current.method] = current
        current = current.receiver.call if current.receiver is not None else None
    start = steps.get("from") or steps.get("fromClientResponse")
    if start is None or not start.args:
        return
    age = steps["maxAge"].argument(0) if "maxAge" in steps else None
    if age is not None and age.literal == 0:
        return
    yield Cookie(
        call=call,
        name=_text(start.args[0]),
        value=start.argument(1),
        secure=_flag(steps["secure"].argument(0), otherwise=None) if "secure" in steps else False,
        http_only=_flag(steps["httpOnly"].argument(0), otherwise=None) if "httpOnly" in steps else False,
    )


def _go(code: Code) -> Iterator[Cookie]:
    for call in code.calls("net/http.Cookie", languages=[Language.GO]):
        given = call.keywords
        age = given.get("MaxAge")
        if not given or (age is not None and isinstance(age.literal, int) and age.literal < 0):
            continue
        yield Cookie(
            call=call,
            name=_text(given.get("Name")),
            value=given.get("Value"),
            secure=_flag(given.get("Secure"), otherwise=False),
            http_only=_flag(given.get("HttpOnly"), otherwise=False),
        )
    for call in code.calls("*gin.Context.SetCookie", ".SetCookie", languages=[Language.GO]):
        if len(call.args) == 7:  # noqa: PLR2004 - name, value, age, path, domain, secure, httpOnly
            yield Cookie(
                call=call,
                name=_text(call.args[0]),
                value=call.args[1],
                secure=_flag(call.args[5], otherwise=None),
                http_only=_flag(call.args[6], otherwise=None),
            )


def _php(code: Code) -> Iterator[Cookie]:
    for call in code.calls("setcookie", "setrawcookie", languages=[Language.PHP]):
        if len(call.args) < 2 or (len(call.args) > 2 and re.search(r"time\(\)\s*-", call.args[2].text)):  # noqa: PLR2004 - name and value; deleted
            continue
        options = call.args[2] if len(call.args) == 3 else None  # noqa: PLR2004 - options as an array
        if options is not None and (options.pairs or options.name):
            given = options.pairs
            missing = False if given else None
            secure, http_only = (
                _flag(given.get("secure"), otherwise=missing),
                _flag(given.get("httponly"), otherwise=missing),
            )
        else:
            secure, http_only = _flag(call.argument(5), otherwise=False), _flag(call.argument(6), otherwise=False)
        yield Cookie(call=call, name=_text(call.args[0]), value=call.args[1], secure=secure, http_only=http_only)


_JAR: Final = re.compile(r"cookies(?:\.(?:signed|encrypted|permanent))*\.[^.]+")


def _ruby(code: Code) -> Iterator[Cookie]:
    for each in code.assignments("cookies.*", languages=[Language.RUBY]):
        if _JAR.fullmatch(each.name) is None:
            continue
        given = each.value.pairs
        call = Call(
            path=each.path,
            line=each.line,
            language=each.language,
            name="cookies",
            function=each.function,
            text=each.text,
        )
        yield Cookie(
            call=call,
            name=each.last,
            value=given.get("value", each.value),
            secure=_flag(given.get("secure"), otherwise=None),
            http_only=_flag(given.get("httponly"), otherwise=False),
        )
    for set_by in code.calls(".set_cookie", languages=[Language.RUBY]):
        if set_by.args and set_by.keywords:
            yield Cookie(
                call=set_by,
                name=_text(set_by.args[0]),
                value=set_by.keywords.get("value"),
                secure=_flag(set_by.keywords.get("secure"), otherwise=None),
                http_only=_flag(set_by.keywords.get("httponly"), otherwise=False),
            )
