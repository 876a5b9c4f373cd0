"""Calls and assignments that make markup of texts, by how much is known of what comes in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.code import Call, Code, Language, Spot, Value
from ostiary.parts.code.building import fixed_text, is_fixed

# A text is declared to be markup.
_TRUSTS: Final = (
    *(
        "markupsafe.Markup",
        "flask.Markup",
        "jinja2.Markup",
        "django.utils.safestring.mark_safe",
        "html/template.HTML",
        "html/template.JS",
        "raw",
    ),
    *(
        ".html_safe",
        ".bypassSecurityTrustHtml",
        ".bypassSecurityTrustScript",
        "document.write",
        "document.writeln",
        ".insertAdjacentHTML",
    ),
    *(
        "fastapi.responses.HTMLResponse",
        "starlette.responses.HTMLResponse",
        "django.http.HttpResponse",
        "django.http.response.HttpResponse",
    ),
)
# A text is the reply, which browsers take for markup unless told otherwise.
_REPLIES: Final = (
    *(
        "echo",
        "print",
        "printf",
        "exit",
        "die",
        ".send",
        ".write",
        ".end",
        ".println",
        ".print",
        ".append",
        "fmt.Fprintf",
        "fmt.Fprint",
    ),
    *("fmt.Fprintln", "io.WriteString", ".Write", ".WriteString", ".HTML", ".respondText", "render"),
)
_WRITER: Final = re.compile(
    r"(?:^|\.)(?:res|response|resp|rw|w|reply|writer|out|ctx|c|call)$|getWriter\(\)$|getOutputStream\(\)$|ResponseWriter$|PrintWriter$|(?:^|\.)status\(\)$|(?:type|header|code|set)\(\)$"
)
_OTHER_TYPE: Final = re.compile(
    r"(?i)application/(?:json|xml|octet|pdf|javascript|zip|\w+\+json)|text/(?:plain|csv|event-stream|css)|image/|nosniff|APPLICATION_JSON|TEXT_PLAIN|ContentType\.(?:JSON|TEXT)\b|ContentType\.Application"
)
_TYPES: Final = (
    "header",
    ".setHeader",
    ".set",
    ".type",
    ".contentType",
    ".setContentType",
    ".Header().Set",
    ".Set",
    ".writeHead",
    ".header",
    ".addHeader",
)
_PAGE: Final = re.compile(
    r"(?:^|\b(?:window|document|self|top|parent)\.)(?:location(?:\.(?:search|hash|href|pathname))?|URL|documentURI|referrer|baseURI)\b|^(?:window\.)?name$"
)
_LEAF: Final = re.compile(r"(?:^|\.)(?:req|request|ctx)\.(?:request\.)?(?:query|params)\.\w+$")


_RESPONSES: Final = frozenset({"HttpResponse", "HTMLResponse"})
_IN_PAGES: Final = frozenset(
    {"write", "writeln", "insertAdjacentHTML"}
)  # what browsers run: libraries do it all the time


@dataclass(frozen=True, slots=True)
class Markup:
    """Text that becomes markup; ``asked``: a request fills it; ``sure``: that is certain, and it is taken for markup."""

    spot: Spot
    value: Value
    asked: bool
    sure: bool


def markups(code: Code) -> Iterator[Markup]:
    """Where text that is not constant becomes markup."""
    for call in code.calls(*_TRUSTS):
        given = _given(call)
        if given is not None and not is_fixed(given):
            asked = bool(given.tainted) or (call.language is Language.JAVASCRIPT and _from_page(given))
            plain = call.method in _RESPONSES and not (asked and _is_marked_up(given))
            if not plain and not (call.name == "raw" and call.language is not Language.RUBY):
                yield Markup(call, given, asked, sure=_is_sure(call, given))
    yield from _switched_off(code)
    yield from _pages(code)
    yield from _replies(code)
    for each in code.returns():
        if (
            _is_page(code, each)
            and each.value.tainted
            and each.value.built
            and _is_marked_up(each.value)
            and not is_fixed(each.value)
        ):
            yield Markup(each, each.value, asked=True, sure=True)


def _switched_off(code: Code) -> Iterator[Markup]:
    """Engines of templates that are told to encode nothing."""
    for call in code.calls("aiohttp_jinja2.setup", "*.Jinja2Templates", "jinja2.Environment"):
        told = call.keywords.get("autoescape")
        if told is not None and told.literal is False:
            yield Markup(call, told, asked=False, sure=call.method != "Environment")
    for each in code.assignments("*.jinja_env.autoescape"):
        if each.value.literal is False:
            yield Markup(each, each.value, asked=False, sure=True)


def _is_sure(call: Call, given: Value) -> bool:
    """Whether what a caller of the function gives stands between tags."""
    return given.built and bool(given.parameters) and _is_marked_up(given) and call.method not in _IN_PAGES


def _given(call: Call) -> Value | None:
    if call.method == "html_safe":
        return call.receiver
    if call.method == "insertAdjacentHTML":
        return call.args[1] if len(call.args) > 1 else None
    return call.argument(0, "content")


def _pages(code: Code) -> Iterator[Markup]:
    for each in code.assignments(".innerHTML", ".outerHTML", ".dangerouslySetInnerHTML.__html", ".srcdoc"):
        if not is_fixed(each.value):
            asked = bool(each.value.tainted) or _from_page(each.value)
            yield Markup(each, each.value, asked=asked, sure=False)


def _from_page(value: Value, deep: int = 0) -> bool:
    """Whether it comes out of the address of the page."""
    if _PAGE.search(value.name) or (value.call is not None and _PAGE.search(value.call.name)):
        return True
    inside = [*value.parts, *(value.call.args if value.call is not None else ())]
    if value.call is not None and value.call.receiver is not None:
        inside.append(value.call.receiver)
    return deep < 4 and any(_from_page(each, deep + 1) for each in inside)  # noqa: PLR2004 - calls within calls


def _replies(code: Code) -> Iterator[Markup]:
    other = {
        each.path
        for each in code.calls(*_TYPES)
        if _OTHER_TYPE.search(" ".join(f"{arg.text} {arg.literal}" for arg in each.args))
    }
    for call in code.calls(*_REPLIES):
        if call.path in other or not _is_reply(call):
            continue
        given = [*call.args, *(call.keywords[name] for name in ("html", "inline") if name in call.keywords)]
        marked = any(_is_marked_up(each) for each in given)
        for value in given:
            if value.tainted and not is_fixed(value) and not value.pairs and _is_markup(call, value, marked=marked):
                yield Markup(call, value, asked=True, sure=True)
                break


def _is_markup(call: Call, value: Value, *, marked: bool) -> bool:
    if call.language is Language.PHP:
        return True
    if call.language is Language.RUBY:
        return value in {call.keywords.get("html"), call.keywords.get("inline")}
    return marked or (call.method == "send" and _LEAF.search(value.name) is not None)


def _is_reply(call: Call) -> bool:
    if call.name == "render":
        return call.language is Language.RUBY
    if call.language is Language.PHP:
        return call.name in {"echo", "print", "printf", "exit", "die"}
    if call.name.startswith(("fmt.F", "io.Write")):
        return bool(call.args) and _WRITER.search(call.args[0].name or call.args[0].text) is not None
    owner = call.receiver
    return owner is not None and (
        _WRITER.search(call.name.rpartition(".")[0]) is not None or _WRITER.search(owner.name) is not None
    )


def _is_marked_up(value: Value) -> bool:
    return "<" in fixed_text(value)


def _is_page(code: Code, spot: Spot) -> bool:
    """Whether the function that returns here is an operation whose texts are taken for pages."""
    function = getattr(spot, "function", None)
    return any(
        route.function is function
        and route.framework in {"flask", "quart", "bottle", "spring", "sinatra"}
        and function is not None
        for route in code.routes
    )
