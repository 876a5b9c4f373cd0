"""Links whose destination comes out of a request, with nothing that looks at its scheme; encoding for HTML does not help."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Language, Return, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.building import holes, is_checked, is_fixed
from ostiary.parts.code.judging import Fault, judged

_OPENED: Final = re.compile(
    r"(?is)<(?:a|area|iframe|form|button|embed|object|base)\b[^<>]{0,400}\b(?:href|src|action|formaction|data)\s*=\s*\\?['\"]?\s*$"
)
_IN_PAGE: Final = re.compile(
    r"(?i)<(?:a|area|iframe|form|embed|object)\b[^<>]{0,400}\b(?:href|src|action|data)\s*=\s*['\"]?\s*<\?(?:=|php\s+(?:echo|print))\s*([^?]{0,200})"
)
_LOOKED: Final = re.compile(
    r"(?i)https?\??:|\.protocol\b|\.scheme\b|getScheme|getProtocol|urlparse|urlsplit|parse_url|URI\.parse|url\.Parse|new URL\(|allow|whitelist|sanit|valid|safe_?(?:url|link|href)|javascript:"
)
_ENCODED: Final = re.compile(r"(?i)url_?encode|encodeURIComponent|quote(?:_plus)?\(|QueryEscape|PathEscape|URLEncoder")
_ESCAPING: Final = re.compile(r"(?i)(?:^|[./])(?:escape(?:-?html|String|_html|Html4|HTML|Xml)?|htmlspecialchars|htmlentities|html_escape|htmlEscape|forHtml\w*|e|h)$")  # fmt: skip
_VERB: Final = re.compile(r"%[-+ 0#]*\d*[a-zA-Z]")
_FIELDS: Final = (  # fields that take links of http and https alone
    *("django.db.models.URLField", "django.forms.URLField", "rest_framework.serializers.URLField", "wtforms.validators.URL"),
    *("marshmallow.fields.URL", "marshmallow.fields.Url", "validator.isURL", "express-validator.*.isURL", "*.isURL", "class-validator.IsUrl"),
)  # fmt: skip
_TYPES: Final = re.compile(r"\b(?:Any)?Http(?:s)?Url\b")
LED: Final = "a link is made of what a request says, whatever its scheme"


async def audit_source(tree: Tree) -> Finding:
    """Follow request data to the start of links in markup."""
    faults = [
        Fault(spot, LED, Confidence.TENTATIVE if _is_looked_at(tree, spot, value) else Confidence.CERTAIN)
        for spot, value in (*_links(tree), *_pages(tree))
    ]
    return judged(
        tree,
        faults,
        sound=list(_checked(tree)),
        holds="a field for links takes those of the web alone",
        nothing="link that is made of what a request says",
        proof="Who follows a link of the scheme javascript: runs what its author wrote, as themselves.",
    )


def _links(tree: Tree) -> Iterator[tuple[Spot, Value]]:
    """Texts with ``href="`` right before data of a request."""
    for spot, given in _given(tree):
        for before, part in (*(one for each in given if each.built for one in _parts(each)), *_formatted(given)):
            inner = _unescaped(part)
            if inner.tainted and _OPENED.search(before) and not _ENCODED.search(part.text) and not is_fixed(inner):
                yield spot, inner
                break


def _parts(value: Value) -> Iterator[tuple[str, Value]]:
    """Every open part with the text before it, those that were encoded for HTML too."""
    yield from holes(value)
    before = ""
    for part in value.parts:
        if part.known:
            before += str(part.literal)
        elif _unescaped(part) is not part:
            yield before, part


def _formatted(given: tuple[Value, ...]) -> Iterator[tuple[str, Value]]:
    """What a call formats by itself: ``Fprintf(w, "<a href=%s>", site)``."""
    for at, form in enumerate(given[:2]):
        if isinstance(form.literal, str) and "%" in form.literal:
            spots = list(_VERB.finditer(form.literal))
            for found, part in zip(spots, given[at + 1 :], strict=False):
                yield form.literal[: found.start()], part


def _unescaped(value: Value) -> Value:
    """What was encoded for HTML: that leaves schemes as they are."""
    call = value.call
    is_escaped = call is not None and _ESCAPING.search(call.name) is not None and not value.tainted
    return call.args[0] if call is not None and is_escaped and call.args else value


def _given(tree: Tree) -> Iterator[tuple[Call | Return, tuple[Value, ...]]]:
    for call in tree.code.calls():
        yield call, call.args
    for each in tree.code.returns():
        yield each, (each.value,)


def _pages(tree: Tree) -> Iterator[tuple[Spot, Value]]:
    """PHP: ``href="<?= $_GET['site'] ?>"``, encoded for HTML or not."""
    for call in tree.code.calls("echo", "print", languages=[Language.PHP]):
        found = _IN_PAGE.search(tree.line(call.path, call.line))
        if found is None:
            continue
        for given in call.args:
            inner = given.call.args[0] if given.call is not None and given.call.args else given
            if inner.tainted and not inner.built and not _ENCODED.search(found[1]):
                yield call, inner


def _is_looked_at(tree: Tree, spot: Spot, value: Value) -> bool:
    if isinstance(spot, Call) and is_checked(tree.code, spot, value):
        return True
    function = spot.function if isinstance(spot, (Call, Return)) else None
    first = max(function.line, spot.line - 40) if function is not None else max(1, spot.line - 15)
    return any(_LOOKED.search(tree.line(spot.path, number)) for number in range(first, spot.line + 1))


def _checked(tree: Tree) -> Iterator[Spot]:
    yield from tree.code.calls(*_FIELDS)
    for function in tree.code.functions():
        if any(_TYPES.search(each) for each in function.parameters.values()):
            yield function
