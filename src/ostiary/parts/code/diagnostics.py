"""Where code switches diagnostics on: debug modes, reloaders, consoles, traces in replies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Assignment, Call, Code, Language, Return, Spot, Value

_DEVELOPMENT: Final = re.compile(
    r"(?i)(?:^|[\W_])(?:dev|devel|development|local|debug|test|testing|ci|example|sample|sandbox|playground)(?:[\W_]|$|config|settings)"
)
_OWNER: Final = re.compile(r"(?i)dev|local|test|debug")
_SETTINGS_FILE: Final = re.compile(
    r"(?i)(?:^|/)(?:settings?|config(?:uration)?|conf|base|production|prod|main|app|wsgi|asgi|manage|server|run|__init__|common|default)\w*(?:/|\.\w+$)"
)
_SHARED: Final = re.compile(r"(?:base|common|defaults?|shared|__init__|settings)\.\w+$")
_PRODUCTION: Final = re.compile(r"(?:settings_)?(?:prod|production|live|deploy|staging|heroku)\w*\.\w+$")
_FRAMEWORKS: Final = ("django", "flask", "fastapi", "starlette", "quart", "sanic", "bottle", "tornado", "litestar")
_APPS: Final = (
    *(
        "flask.Flask().run",
        "quart.Quart().run",
        "sanic.Sanic().run",
        "bottle.run",
        "bottle.Bottle().run",
        "fastapi.FastAPI",
        "starlette.applications.Starlette",
    ),
    *(
        "tornado.web.Application",
        "litestar.Litestar",
        "aiohttp.web.Application",
        "flask_socketio.SocketIO().run",
        "dash.Dash().run_server",
        "*app.run",
        "*create_app().run",
    ),
    *("werkzeug.serving.run_simple",),
)
_ALWAYS: Final = (
    *("werkzeug.debug.DebuggedApplication", "flask_debugtoolbar.DebugToolbarExtension", "aiohttp_debugtoolbar.setup"),
    *("Symfony.Component.ErrorHandler.Debug.enable", "Symfony.Component.Debug.Debug.enable", "Debug.enable"),
)
_TOLD: Final = ("ini_set", "*gin.SetMode", "set", ".ApolloServer", "ApolloServer")
_DISPLAYS: Final = frozenset({"display_errors", "display_startup_errors"})
_SWITCHES: Final = ("debug", "use_debugger", "include_stacktrace", "includeStacktraceInErrorResponses")
_TRACES: Final = re.compile(r"(?:^|\.)(?:traceback\.format_exc|traceback\.format_exception|format_exc)$")
_ERROR_STACK: Final = re.compile(r"(?i)^(?:e|err|error|ex|exc|exception)\.stack$")
_RESPONSE: Final = re.compile(r"(?i)response|jsonify|abort|make_response")
_HANDLES: Final = re.compile(
    r"(?i)errorhandler|exception_?handler|\.(?:route|get|post|put|patch|delete|api_view|view)$|ExceptionHandler|^api_view$"
)
_REPLIES: Final = (".send", ".json", ".end", ".render", ".write", ".jsonp")


def is_for_development(path: str) -> bool:
    """Whether a file's name says that it serves development only."""
    return _DEVELOPMENT.search(path) is not None


def debug_calls(code: Code) -> Iterator[Call]:
    """Applications that are made or started in debug mode."""
    for call in code.calls(*_APPS):
        if any(name in call.keywords and call.keywords[name].literal is True for name in _SWITCHES):
            yield call
    yield from code.calls(*_ALWAYS)
    yield from code.calls("errorhandler", "pretty-error*", languages={Language.JAVASCRIPT})
    yield from (each for each in code.calls(*_TOLD) if _tells(each))


def _tells(call: Call) -> bool:
    """Whether a call that can switch diagnostics on does."""
    first, second = [*call.args, Value(), Value()][:2]
    if call.method == "ini_set":
        return first.literal in _DISPLAYS and str(second.literal).lower() in {"1", "on", "true", "stdout"}
    if call.method == "SetMode":
        return first.name.endswith(".DebugMode") or first.literal == "debug"
    if call.method == "set":
        return call.language is Language.RUBY and first.literal == "show_exceptions" and second.literal is True
    return call.keywords.get("includeStacktraceInErrorResponses", Value()).literal is True


def reloaders(code: Code) -> Iterator[Call]:
    """Servers that reload code while they serve."""
    for call in code.calls("uvicorn.run", "hypercorn.run", "granian.Granian"):
        if call.keywords.get("reload", Value()).literal is True:
            yield call


def debug_settings(code: Code) -> Iterator[Assignment]:
    """Constants that switch a framework's debug mode on, unless the file is one for development or sets them again."""
    framed = {each.path for each in code.imports(*_FRAMEWORKS)}
    django = bool(code.imports("django"))
    for each in code.assignments(
        "DEBUG",
        ".DEBUG",
        ".debug",
        "DEBUG_PROPAGATE_EXCEPTIONS",
        "TEMPLATE_DEBUG",
        ".TRAP_HTTP_EXCEPTIONS",
        ".Debug",
        ".consider_all_requests_local",
    ):
        if each.value.literal is not True or (each.owner is not None and _OWNER.search(each.owner.name)):
            continue
        if any(
            other.path == each.path and other.name == each.name and other.value.literal is not True
            for other in code.assignments(each.name)
        ):
            continue
        if _switches(each, framed, django=django) and not _is_overridden(code, each):
            yield each


def _is_overridden(code: Code, each: Assignment) -> bool:
    """Whether settings of production beside these say otherwise: ``base.py`` and ``production.py``."""
    folder, _, name = each.path.rpartition("/")
    if _SHARED.match(name) is None:
        return False
    return any(
        other.value.literal is False
        and other.path.rpartition("/")[0] == folder
        and _PRODUCTION.match(other.path.rpartition("/")[2])
        for other in code.assignments(each.name)
    )


def _switches(each: Assignment, framed: set[str], *, django: bool) -> bool:
    if each.language is Language.PYTHON:
        if "." in each.name and each.owner is None:
            head = each.name.split(".")[0]
            return each.path in framed and bool(re.search(r"(?i)app|api|config|settings|flask", head))
        known = each.path in framed or django
        return known and _SETTINGS_FILE.search(each.path) is not None and each.name.isupper()
    if each.language is Language.RUBY:
        return each.name.endswith("consider_all_requests_local") and "production" in each.path
    if each.language is Language.GO:
        return each.last == "Debug" and bool(re.match(r"(?:e|echo|app|srv|server)\.Debug$", each.name))
    if each.language is Language.PHP:
        return False
    return False


def traces(code: Code) -> Iterator[Spot]:
    """Replies that carry the trace of an error."""
    for given in code.returns():
        carries = any(each.call is not None and _TRACES.search(each.call.name) for each in _within(given.value))
        if carries and _answers(given) and not any("debug" in each.text.lower() for each in _within(given.value)):
            yield given
    for call in code.calls(*_REPLIES, languages={Language.JAVASCRIPT}):
        if _is_reply(call) and any(_ERROR_STACK.match(each.name) for value in call.args[:1] for each in _within(value)):
            yield call
    for call in code.calls(".printStackTrace", languages={Language.JAVA, Language.KOTLIN}):
        if call.args and re.search(r"(?i)resp|getWriter|(?<!System\.)\bout\b", call.args[0].text):
            yield call


def _answers(given: Return) -> bool:
    """Whether what is returned goes to a caller of the API."""
    made = given.value.call
    marks = given.function.decorators if given.function is not None else ()
    return bool(made is not None and _RESPONSE.search(made.name)) or any(_HANDLES.search(each.name) for each in marks)


def _within(value: Value, deep: int = 0) -> Iterator[Value]:
    """A value and what is put into it."""
    yield value
    if deep < 4:  # noqa: PLR2004 - objects within objects
        inside = [*value.parts, *value.pairs.values()]
        inside += value.call.args if value.call is not None and not _TRACES.search(value.call.name) else ()
        for each in inside:
            yield from _within(each, deep + 1)


def _is_reply(call: Call) -> bool:
    return re.match(r"(?:res|response|reply|ctx)\b", call.name) is not None
