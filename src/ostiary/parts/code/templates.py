"""Templates of pages: where they put a text into the page as it is, without encoding it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Spot
from ostiary.evidence.tree import Tree

_NAMES: Final = (
    *("*.html", "*.htm", "*.jinja", "*.jinja2", "*.j2", "*.njk", "*.twig"),
    *("*.ejs", "*.hbs", "*.handlebars", "*.mustache", "*.pug", "*.jade", "*.vue", "*.erb", "*.blade.php"),
)
_MOST: Final = 2_000  # files
_LONGEST: Final = 200_000  # characters of a file
_MOST_LINE: Final = 2_000  # characters: longer ones were made by a program
_AS_IT_IS: Final = (
    (re.compile(r"\{\{[^{}\n]{0,300}\|\s*(?:safe|raw)\s*(?:\|[^{}\n]{0,80})?\}\}"), ("html", "htm", "jinja", "jinja2", "j2", "njk", "twig")),
    (re.compile(r"\{%-?\s*autoescape\s+(?:false|off)\b"), ("html", "htm", "jinja", "jinja2", "j2", "njk", "twig")),
    (re.compile(r"<%-(?!\s*(?:include|partial|body|layout|contentFor|block|script|style)\b)[^%\n]{1,300}%>"), ("ejs", "html")),
    (re.compile(r"\{\{\{(?!\s*(?:body|yield|outlet|content)\s*\}\}\})[^{}\n]{1,300}\}\}\}"), ("hbs", "handlebars", "mustache", "html")),
    (re.compile(r"(?:^|[^!])!\{[^}\n]{1,300}\}|^\s*[\w.#-]*!=\s*\S"), ("pug", "jade")),
    (re.compile(r"\bv-html\s*=\s*[\"']"), ("vue", "html")),
    (re.compile(r"<%==\s*\S|<%=\s*raw[\s(]|<%=[^%\n]{1,300}\.html_safe\b"), ("erb",)),
    (re.compile(r"\{!!(?!\s*(?:csrf_field|method_field|Form::|Html::))[^}\n]{1,300}!!\}"), ("php",)),
    (re.compile(r"\bth:utext\s*=\s*[\"']"), ("html", "htm")),
)  # fmt: skip
# What made the text takes care of its characters, or nobody but the program writes it.
_CARED_FOR: Final = re.compile(
    r"(?i)to_?json|(?<!auto)escape|sanit|purif|bleach|clean|markdown|csrf|\.media\b|\.errors\b|render_|json_script|json_encode|_html\s*\(|\btrans|\bt\(|\b__\(|i18n|JSON\.stringify|url_for|static\b"
)


def as_they_are(tree: Tree) -> Iterator[Spot]:
    """Places of templates at which a text goes into the page unencoded, and nothing near says that it is harmless."""
    for file in tree.named(*_NAMES)[:_MOST]:
        suffix = file.path.rpartition(".")[2].lower()
        marks = [pattern for pattern, suffixes in _AS_IT_IS if suffix in suffixes]
        for number, line in enumerate(tree.text(file)[:_LONGEST].split("\n"), start=1):
            if len(line) > _MOST_LINE:
                continue
            found = next((hit for hit in (each.search(line) for each in marks) if hit is not None), None)
            if found is not None and not _CARED_FOR.search(line[found.start() :]):
                yield Spot(path=file.path, line=number)
