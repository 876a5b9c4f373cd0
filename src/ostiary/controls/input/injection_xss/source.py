"""Markup in code: texts of a request are encoded before they become part of a page."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.code import Call, Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.building import is_checked
from ostiary.parts.code.judging import Fault, judged
from ostiary.parts.code.markup import Markup, markups
from ostiary.parts.code.templates import as_they_are

_ENCODERS: Final = (
    *(
        "html.escape",
        "markupsafe.escape",
        "django.utils.html.escape",
        "django.utils.html.format_html",
        "bleach.clean",
        "nh3.clean",
        "flask.render_template",
    ),
    *(
        "django.shortcuts.render",
        "*.sanitize",
        "htmlspecialchars",
        "htmlentities",
        "html/template.*",
        "*HtmlUtils.htmlEscape",
        "*.Encode.forHtml",
        "res.render",
    ),
    *("ERB.Util.html_escape", "CGI.escapeHTML", "sanitize", "escape-html", "lodash.escape"),
)


async def audit_source(tree: Tree) -> Finding:
    """Look at texts that are declared to be markup, put into pages, or are the reply."""
    faults = [_fault(tree, each) for each in markups(tree.code)]
    faults += [
        Fault(each, "a template puts a text into the page as it is", Confidence.TENTATIVE) for each in as_they_are(tree)
    ]
    encoded: list[Spot] = list(tree.code.calls(*_ENCODERS))
    return judged(
        tree,
        faults,
        sound=encoded or tree.code.routes,
        holds="texts are encoded for the page they go into"
        if encoded
        else "an operation; no text of a request becomes markup",
        nothing="page or operation",
        proof="A text with a script in it is run by the browser of whoever opens the page.",
    )


def _fault(tree: Tree, found: Markup) -> Fault:
    looked_at = isinstance(found.spot, Call) and is_checked(tree.code, found.spot, found.value)
    if found.asked and not looked_at:
        return Fault(found.spot, "a text of a request becomes markup as it is", Confidence.CERTAIN)
    sure = Confidence.FIRM if found.sure and not found.asked else Confidence.TENTATIVE
    return Fault(found.spot, "a text becomes markup without being encoded", sure)
