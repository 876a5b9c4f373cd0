"""Redirects whose destination comes out of the request, with nothing that looks where it leads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Language, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code import jose
from ostiary.parts.code.judging import Fault, judged

_REDIRECTS: Final = (  # name, position, names
    *((name, 0, ("location", "url", "to")) for name in ("flask.redirect", "werkzeug.utils.redirect", "quart.redirect", "django.shortcuts.redirect", "sanic.response.redirect", "bottle.redirect", "flask.redirect_to")),
    *((name, 0, ("redirect_to", "url", "location")) for name in ("django.http.HttpResponseRedirect", "django.http.HttpResponsePermanentRedirect", "django.http.response.HttpResponseRedirect")),
    *((name, 0, ("url", "location")) for name in ("*.RedirectResponse", "aiohttp.web.HTTPFound", "aiohttp.web.HTTPSeeOther", "pyramid.httpexceptions.HTTPFound", "falcon.HTTPFound", "tornado.web.RequestHandler().redirect", "self.redirect")),
    *((name, -1, ()) for name in ("res.redirect", "response.redirect", "reply.redirect", "ctx.redirect", "ctx.response.redirect")),
    *((name, 0, ()) for name in ("*.sendRedirect", ".RedirectView", "redirect_to", "redirect", "header", "*.redirect", "*.respondRedirect", "Redirect.to")),
    ("net/http.Redirect", 2, ()),
    ("*gin.Context.Redirect", 1, ()),
    ("*echo.Context.Redirect", 1, ()),
    ("*.setHeader", 1, ()),
)  # fmt: skip
_CHECKED: Final = re.compile(
    r"(?i)url_has_allowed_host|is_safe|safe_?(?:url|redirect|next|path|return)|allow|whitelist|valid|permit|trusted|sanitiz|urlparse|urlsplit|new URL|\.hostname\b|\.host\b|netloc|startswith|startsWith|HasPrefix|matches\(|\.test\(|\.match\(|in_array|includes\(|is_local|isLocal|url_from|parse_url|url\.Parse|URI\.parse|getHost|check"
)
_OWN: Final = re.compile(
    r"(?i)referr?er|\.path$|full_path|request\.url$|originalUrl|REQUEST_?URI|baseUrl|script_root|host_url|build_absolute_uri"
)
_FIXED: Final = re.compile(r"^(?:[Ll]ocation:\s*)?(?:https?://[^/\s{}$%]+[/?#]|/(?![/\\])[\w\-.?#&=])")
LED: Final = "a redirect goes wherever the request says"


async def audit_source(tree: Tree) -> Finding:
    """Follow request data to redirects."""
    faults: list[Fault] = []
    sound: list[Spot] = []
    unseen = 0
    for call, target in _redirects(tree):
        if target.known or _starts_fixed(target):
            sound.append(call)
        elif _from_request(target):
            looked = _looks(tree, call)
            faults.append(Fault(call, LED, Confidence.TENTATIVE if looked else Confidence.CERTAIN))
        else:
            unseen += 1
    return judged(
        tree,
        faults,
        sound=sound,
        holds="the destination of a redirect is fixed",
        nothing="redirect",
        undecided=f"where {unseen} redirects lead was not seen" if unseen and not sound else "",
        proof="A link to this site takes people to any other, with this site's name on it.",
    )


def _redirects(tree: Tree) -> Iterator[tuple[Call, Value]]:
    for name, position, names in _REDIRECTS:
        for call in tree.code.calls(name):
            if not (call.args or call.keywords) or jose.is_front_end(tree, call.path):
                continue
            if call.method in {"setHeader", "header"} and not _is_location(call):
                continue
            if name in {"redirect", "*.redirect"} and call.language.value == "python":
                continue
            value = call.args[position] if position < 0 and call.args else call.argument(position, *names)
            if value is not None:
                yield call, value
    yield from _views(tree)


def _views(tree: Tree) -> Iterator[tuple[Call, Value]]:
    """Spring: ``return "redirect:" + url``."""
    for call in tree.code.calls(".ModelAndView", languages=[Language.JAVA, Language.KOTLIN]):
        if call.args and _is_view(call.args[0]):
            yield call, call.args[0]
    for each in tree.code.returns():
        if each.language in {Language.JAVA, Language.KOTLIN} and _is_view(each.value):
            yield (
                Call(
                    path=each.path,
                    line=each.line,
                    language=each.language,
                    name="redirect:",
                    function=each.function,
                    text=each.text,
                ),
                each.value,
            )


def _is_view(value: Value) -> bool:
    first = value.parts[0].literal if value.built and value.parts else value.literal
    return isinstance(first, str) and first.startswith("redirect:")


def _is_location(call: Call) -> bool:
    first = call.args[0]
    if call.method == "setHeader":
        return isinstance(first.literal, str) and first.literal.lower() == "location"
    start = first.parts[0].literal if first.parts else first.literal
    return isinstance(start, str) and start.lower().startswith("location:")


def _starts_fixed(target: Value) -> bool:
    """Whether scheme and host, or a path of this site, come before anything that is open."""
    start, _ = _start(target)
    return target.built and (
        _FIXED.match(start) is not None or (start[:1] == "/" and start[1:2] not in {"", "/", "\\"})
    )


def _from_request(target: Value) -> bool:
    """Whether data of a request decides where a destination begins."""
    if not target.tainted or _OWN.search(target.tainted) or _OWN.search(target.text):
        return False
    _, first = _start(target)
    return first is None or bool(first.tainted)


def _start(target: Value) -> tuple[str, Value | None]:
    """What a text that is put together begins with, and the first part of it that is open."""
    start = ""
    for part in target.parts if target.built else ():
        if not isinstance(part.literal, str):
            return re.sub(r"^(?:[Ll]ocation:|redirect:)\s*", "", start), part
        start += part.literal
    return re.sub(r"^(?:[Ll]ocation:|redirect:)\s*", "", start), None


def _looks(tree: Tree, call: Call) -> bool:
    """Whether lines of the same function before the redirect look where it leads."""
    function = call.function
    first = max(function.line + 1, call.line - 40) if function is not None else max(1, call.line - 15)
    return any(_CHECKED.search(tree.line(call.path, number)) for number in range(first, call.line + 1))
