"""Header values read the way browsers and caches read them, so that a check judges the effect and not the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ostiary.evidence import Answer

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_DIRECTIVE_NAME: Final = re.compile(r"[A-Za-z0-9-]+")
_KEYWORDS: Final = frozenset(
    {
        "none", "self", "unsafe-inline", "unsafe-eval", "strict-dynamic", "unsafe-hashes", "report-sample",
        "wasm-unsafe-eval", "unsafe-allow-redirects", "inline-speculation-rules", "trusted-types-eval",
    }
)  # fmt: skip
_NONCE_OR_HASH: Final = re.compile(r"'(?:nonce|sha256|sha384|sha512)-[A-Za-z0-9+/_\-]+={0,2}'")
_QUOTES: Final = frozenset(
    "\u2018\u2019\u201c\u201d\u00b4`\u00e2"
)  # typographic ones, and what is left of them in Latin-1


def has_body(answer: Answer) -> bool:
    """Whether a reply came with content that a browser could render."""
    return bool(answer.body) and answer.status >= 200 and answer.status not in {204, 304}  # noqa: PLR2004


def is_document(answer: Answer) -> bool:
    """Whether a browser would render the reply as a page."""
    return answer.media_type in {"text/html", "application/xhtml+xml", "image/svg+xml"}


def split_list(values: Iterable[str]) -> list[str]:
    """All members of a list header over all its lines, blanks stripped (Fetch, "get, decode, and split")."""
    return [part.strip() for value in values for part in value.split(",")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One Content-Security-Policy: directive to sources; of a repeated directive the first counts (CSP 3, 2.2.1)."""

    directives: Mapping[str, tuple[str, ...]]
    faults: tuple[str, ...] = ()

    def sources(self, directive: str) -> tuple[str, ...] | None:
        """A fetch directive's sources, falling back to default-src; None when neither is there."""
        return self.directives.get(directive, self.directives.get("default-src"))

    def is_none(self, directive: str) -> bool:
        """Whether the directive itself is there and allows nothing."""
        return is_nothing(self.directives.get(directive))


def is_nothing(sources: tuple[str, ...] | None) -> bool:
    """An empty list and a lone 'none' match nothing; 'none' among others is ignored by browsers."""
    return sources is not None and (not sources or [each.lower() for each in sources] == ["'none'"])


def policies(answer: Answer) -> list[Policy]:
    """The enforced policies of a reply: each header line may hold several, separated by commas, and all apply."""
    return [one_policy(part) for part in split_list(answer.all("content-security-policy")) if part]


def one_policy(text: str) -> Policy:
    """Parse one serialised policy (CSP 3, section 2.2.1)."""
    directives: dict[str, tuple[str, ...]] = {}
    faults: list[str] = []
    if any(char in _QUOTES for char in text):
        faults.append("typographic quotes: browsers read no keyword there")
    for part in text.split(";"):
        words = part.split()
        if not words:
            continue
        name = words[0].lower()
        if _DIRECTIVE_NAME.fullmatch(name) is None:
            faults.append("a directive with a malformed name")
            continue
        if name in directives:
            faults.append(f"{name} is given twice, the second is ignored")
            continue
        directives[name] = tuple(words[1:])
        faults += [f"{name}: {fault}" for word in words[1:] if (fault := _source_fault(word))]
    return Policy(directives=directives, faults=tuple(faults))


def _source_fault(word: str) -> str:
    bare = word.strip("'").lower()
    if word.startswith("'"):
        if bare.startswith(("nonce-", "sha")):
            return "" if _NONCE_OR_HASH.fullmatch(word) else "a malformed nonce or hash"
        return "" if bare in _KEYWORDS and word.endswith("'") and len(word) > 1 else "an unknown keyword"
    return f"{bare} without its quotes is a host name" if bare in _KEYWORDS else ""


def frame_options(answer: Answer) -> list[str]:
    """The X-Frame-Options values in lower case, one line or several."""
    return [value.lower() for value in split_list(answer.all("x-frame-options"))]


def cache_control(answer: Answer) -> dict[str, str]:
    """Directives of Cache-Control over all lines, lower case; a quoted argument loses its quotes (RFC 9111, 5.2)."""
    found: dict[str, str] = {}
    for value in answer.all("cache-control"):
        for match in re.finditer(r'([!#$%&\'*+\-.^_`|~0-9A-Za-z]+)(?:=("(?:[^"\\]|\\.)*"|[^\s,;]*))?', value):
            found.setdefault(match[1].lower(), (match[2] or "").strip('"'))
    return found


def methods_of(answer: Answer) -> frozenset[str]:
    """The methods an Allow header lists."""
    return frozenset(each for each in split_list(answer.all("allow")) if _TOKEN.fullmatch(each))
