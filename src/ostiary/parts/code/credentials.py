"""Values that are passwords or tokens by what code calls them, and functions that deal with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Function, Value

_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PASSWORD: Final = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|pwd|pass_?word|plain_?text_?password|pw|passcode)\d?(?:_|$)|"
    r"(?:^|_)pass(?:_(?:new|old|curr|current|conf|confirm))?\d?$"
)
_NOT_PASSWORD: Final = re.compile(
    r"(?:^|_)(?:field|fields|label|url|uri|path|policy|length|min|max|form|reset|token|hash(?:er|ed|es)?|digest|encoder|validator|column|prompt|hint|regex|pattern|error|message|template|id|count|expir\w*|changed|salt|file|manager|name|key|type|schema|context|strength|score|history|page|link|view|email|placeholder)(?:_|$)"
)
_TOKEN: Final = re.compile(
    r"(?:^|_)(?:token|otp|pin|passcode|one_?time|verification|verify|reset|activation|confirmation|confirm|invite|invitation|recovery|magic|secret|password|passwd|pwd|api_?key|session_?(?:id|key|token)|csrf|nonce|auth|2fa|mfa|totp)s?(?:_|$)"
)
_NOT_TOKEN: Final = re.compile(
    r"(?:^|_)(?:tokens?_?(?:ize\w*|izer|count|limit|len(?:gth)?|ids?|type|usage)|max_tokens|embedding|vocab|mask|batch|jitter|delay|backoff|retry|sample|seed|color|colour|pinned|pins?_?(?:map|position|number)|spin|opinion|author|fake|faker|mock|dummy|test|demo|seed\w*|shuffle|quote|avatar|image|shipping|mapping|typing|reset_?(?:view|zoom|button|form|index|state|filter\w*)|authors?)(?:_|$)"
)


_FORM: Final = re.compile(r"(?<=\w)\.(?:utf8|utf8CString|bytes|value)$")  # the same, in another form


def spaced(name: str) -> str:
    """A name in lower case with underscores between its words."""
    return (
        _WORDS.sub("_", name)
        .replace("-", "_")
        .replace(".", "_")
        .replace("$", "")
        .replace("@", "")
        .replace(":", "_")
        .lower()
    )


def is_password(name: str) -> bool:
    """Whether a name is that of a password as a person typed it."""
    plain = spaced(name)
    return _PASSWORD.search(plain) is not None and _NOT_PASSWORD.search(plain) is None


def is_token(name: str) -> bool:
    """Whether a name is that of something nobody may guess: a token, a code sent to somebody, a first password."""
    plain = spaced(name)
    return _TOKEN.search(plain) is not None and _NOT_TOKEN.search(plain) is None


def last_name(value: Value) -> str:
    """The last part of a value's name, as it is called where it stands."""
    named = _FORM.sub("", value.name) or (value.text if re.fullmatch(r"[\w.$@\->\[\]'\":]{1,80}", value.text) else "")
    return re.sub(r"[\[\]'\"]", "", re.split(r"\.|->|\[", named)[-1]) if named else ""


def holds_password(value: Value, depth: int = 0) -> bool:
    """Whether a password goes into a value, by the names of what it is made of."""
    if value.known or depth > 4:  # noqa: PLR2004 - as deep as anybody nests it
        return False
    if is_password(last_name(value)):
        return True
    call = value.call
    if call is not None and value.text.rstrip().endswith((")", "]")) and depth < 4:  # noqa: PLR2004 - as above
        inner = [*call.args, *([call.receiver] if call.receiver is not None else [])]
        if call.method in {"get", "getParameter", "getString", "pop", "input", "post"} and call.args:
            key = call.args[0].literal
            return isinstance(key, str) and is_password(key)
        if any(holds_password(each, depth + 1) for each in inner[:4]):
            return True
    return any(holds_password(each, depth + 1) for each in value.parts[:8])


def chained(call: Call) -> Iterator[Call]:
    """A call and those it is called on."""
    current: Call | None = call
    for _ in range(20):
        if current is None:
            return
        yield current
        current = current.receiver.call if current.receiver is not None else None


def told(function: Function | None) -> str:
    """The name of a function, with that of its class."""
    if function is None:
        return ""
    return f"{function.owner.name}.{function.name}" if function.owner is not None else function.name
