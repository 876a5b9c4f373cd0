"""One-time codes that code puts into the reply to whoever asked for them, or into a log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Language, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity
from ostiary.parts.code.credentials import last_name, spaced
from ostiary.parts.code.judging import Fault, judged

_CODE: Final = re.compile(
    r"(?:^|_)(?:otp|otp_code|one_time_(?:code|password)|verification_code|verify_code|sms_code|login_code|reset_code|confirmation_code|mfa_code|two_factor_code|passcode|pin_code|auth_code_sms|email_code)$"
)
_NOT_VALUE: Final = re.compile(
    r"(?:required|sent|enabled|valid|verified|expires?|expiry|length|id|url|type|method|status|count|attempts|at)$"
)
_REPLIES: Final = (
    *("flask.jsonify", "django.http.JsonResponse", "rest_framework.response.Response", "fastapi.responses.JSONResponse", "starlette.responses.JSONResponse", "aiohttp.web.json_response", "sanic.response.json", "quart.jsonify"),
    *("res.json", "res.send", "response.json", "response.send", "res.status().json", "res.status().send", "response.status().json", "reply.send", "reply.code().send", "ctx.json", "c.json", "NextResponse.json", "next/server.NextResponse.json", "Response.json"),
    *("*ResponseEntity.ok", "*ResponseEntity.status().body", "*ResponseEntity", "*gin.Context.JSON", "*echo.Context.JSON", "*fiber.Ctx.JSON", "response.json", "response().json", "JsonResponse", "*.JsonResponse", "Response.json", "*.json_encode", "json_encode", "render"),
    *("*ApplicationCall.respond", "*call.respond", "*.NewEncoder().Encode", "json"),
)  # fmt: skip
_LOGS: Final = re.compile(
    r"(?i)^(?:print|console\.(?:log|info|debug|warn|error)|(?:\w+\.)*(?:log|logger|logging|LOG|LOGGER)\.(?:debug|info|warn|warning|error|log)|log\.Print\w*|fmt\.Print\w*|error_log|puts|System\.out\.print\w*|NSLog)$"
)
_MADE: Final = re.compile(r"(?i)rand|secrets\.|generat|next_?int|totp\(\)\.now")
REPLIED: Final = "a one-time code is sent back to who asked for it"
LOGGED: Final = "a one-time code is written to a log"


async def audit_source(tree: Tree) -> Finding:
    """Look at what replies and logs are made of."""
    faults = [
        Fault(call, REPLIED)
        for call in tree.code.calls(*_REPLIES)
        if any(_tells(each) for each in (*call.args, *_kwargs(call)))
    ]
    handlers = {route.function for route in tree.code.routes if route.function is not None}
    faults += [
        Fault(each, REPLIED)
        for each in tree.code.returns()
        if each.function in handlers and each.language is Language.PYTHON and each.value.pairs and _tells(each.value)
    ]
    faults += _logged(tree)
    made = list(_made(tree))
    return judged(
        tree,
        faults,
        sound=made,
        holds="a one-time code is made, and no reply was seen to hold it",
        nothing="one-time code",
        proof="A code proves nothing if the one who asks is told it at once.",
    )


def _kwargs(call: Call) -> Iterator[Value]:
    for name, value in call.keywords.items():
        if _is_code(name, value) or (name == "json" and call.method == "render"):
            yield value


def _tells(value: Value, depth: int = 0) -> bool:
    if depth > 3:  # noqa: PLR2004 - as deep as replies nest
        return False
    if any(_is_code(name, each) or _tells(each, depth + 1) for name, each in value.pairs.items()):
        return True
    if value.built:
        return any(_names_code(each) for each in value.parts)
    return depth == 0 and not value.pairs and _names_code(value)


def _is_code(name: str, value: Value) -> bool:
    plain = spaced(name)
    if value.known or _NOT_VALUE.search(plain):
        return False
    return (_CODE.search(plain) is not None and not _asks(value)) or (_names_code(value) and not value.tainted)


def _names_code(value: Value) -> bool:
    name = spaced(last_name(value))
    return bool(name) and not value.known and not value.tainted and _CODE.search(name) is not None and not _asks(value)


def _asks(value: Value) -> bool:
    """Whether it is a schema, a yes or no, or what came with the request."""
    return (
        bool(value.tainted)
        or (value.numeric and value.call is None)
        or re.search(r"(?i)\bnot\b|==|===|bool|schema|required|joi|z\.", value.text) is not None
    )


def _logged(tree: Tree) -> Iterator[Fault]:
    for module in tree.code.modules:
        for call in module.calls:
            if (
                call.args
                and _LOGS.match(call.name)
                and any(_names_code(each) or (each.built and any(map(_names_code, each.parts))) for each in call.args)
            ):
                yield Fault(call, LOGGED, Confidence.FIRM, Severity.MEDIUM)


def _made(tree: Tree) -> Iterator[Spot]:
    for module in tree.code.modules:
        for each in module.assignments:
            calls = [one.call for one in (each.value, *each.value.parts) if one.call is not None]
            if _CODE.search(spaced(each.last)) and any(_MADE.search(call.name) for call in calls):
                yield each
