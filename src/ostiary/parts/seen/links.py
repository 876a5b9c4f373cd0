"""Where a reply says that one can go on: links in JSON, HTML, scripts, header fields, sitemaps; of the same origin alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from ostiary.evidence import Answer
from ostiary.parts.seen.bodies import NOT_JSON, is_json_type, parse

MOST: Final = 300  # links of one reply
_LONGEST: Final = 400  # characters of a target
_LARGEST: Final = 1 << 20  # bytes of a page or script that are looked at
_DEEPEST: Final = 8
_MOST_VALUES: Final = 3_000  # of one JSON document
_PATH: Final = re.compile(r"/(?!/)[\w\-./~{}:%@+,;=$]*(?:\?[\w\-.~%&=+,;:@/{}\[\]]*)?", re.ASCII)
_RELATIVE: Final = re.compile(r"[\w\-./?=&%{}]+", re.ASCII)
_MOST_BASES: Final = 500
_STATIC: Final = re.compile(r"\.(?:js|mjs|css|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|eot|mp[34]|webm|pdf|zip|gz|txt|md|scss|tsx?|jsx|vue)$", re.IGNORECASE)  # fmt: skip
_CALL: Final = re.compile(  # of a text, of a variable and a text, or of a variable alone: get("/a"), get(this.base + "/a"), get(this.base)
    r"\.(get|post|put|patch|delete)\s*(?:<[^>()]{0,80}>)?\(\s*"
    r"(?:(?:([\w$.]{1,80})\s*\+\s*)?[\"'`](/?[\w\-./{}$:?=&]{1,200})[\"'`]\s*(\+)?|([\w$.]{1,80})\s*[,)])"
)
_ASSIGNED: Final = re.compile(
    r"\b([A-Za-z_$][\w$]*)\s*[=:]\s*(?:[\w$.]{1,80}\s*\+\s*)?[\"'`](?:\$\{[\w$.]{1,80}\})?(/(?!/)[\w\-./]{1,100})[\"'`]"
)
_NEAR: Final = 4_000  # characters: programs are bundled, and each part has a base of the same name
_BASE: Final = re.compile(r"\$\{([\w$.]{1,80})\}(?=/|$)")
_FETCH: Final = re.compile(
    r"fetch\(\s*[\"'`](/[\w\-./{}$:?=&]{1,200})[\"'`]\s*,\s*\{[^{}]{0,200}?method\s*:\s*[\"'`](\w+)"
)
_QUOTED: Final = re.compile(r"[\"'`](/(?!/)[A-Za-z][\w\-./{}$:]{1,150}(?:\?[\w\-=&{}$.]{0,100})?)[\"'`]")
_HOLE: Final = re.compile(r"\$\{([^{}]*)\}|(?<=/):(\w+)|\{[/?&#+.;]?([^{}]*)\}")
_HEADER: Final = re.compile(r"<([^<>]{1,400})>\s*((?:;[^,<]*)*)")
_RELATION: Final = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^;,\s]+))", re.IGNORECASE)
_LOC: Final = re.compile(r"<loc>\s*([^<\s]{1,400})\s*</loc>", re.IGNORECASE)
_ROBOTS: Final = re.compile(r"(?im)^[ \t]*(?:dis)?allow[ \t]*:[ \t]*(/[^\s#*$]{1,200})[ \t\r]*$")
_SITEMAP: Final = re.compile(r"(?im)^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,400})[ \t\r]*$")
_NEEDS_NO_SLASH: Final = frozenset({"href", "url", "uri", "link", "self", "next", "prev", "previous", "first", "last", "related", "location"})  # fmt: skip


class Link(NamedTuple):
    """A way on: the request target, with names in braces where the source leaves them open; a form's fields."""

    target: str
    method: str = "GET"
    fields: tuple[tuple[str, str], ...] = ()
    script: bool = False  # it is a program of a page, worth reading for paths


class Related(NamedTuple):
    """An entry of a Link header (RFC 8288)."""

    target: str  # as given
    relations: tuple[str, ...]


def related(answer: Answer) -> list[Related]:
    """The Link header's entries."""
    found = []
    for value in answer.all("link"):
        for match in list(_HEADER.finditer(value))[:50]:
            relation = _RELATION.search(match[2])
            words = (relation[1] or relation[2] or "").lower().split() if relation else []
            found.append(Related(match[1].strip(), tuple(words)))
    return found


def local(base: str, at: str, link: str) -> str | None:
    """The request target of a link found at a target, or None: it leads elsewhere, or nowhere.

    :param base: scheme, host and port of the API.
    """
    if not link or len(link) > _LONGEST or link[:1] in "#\\" or any(each < " " for each in link):
        return None
    try:
        whole = urlsplit(urljoin(f"{base}{at}", link.strip()))
        ours = urlsplit(base)
        same = (whole.scheme, whole.hostname, whole.port or _port(whole.scheme)) == (ours.scheme, ours.hostname, ours.port or _port(ours.scheme))  # fmt: skip
    except ValueError:
        return None
    if not same or whole.username is not None:
        return None
    path = quote(whole.path or "/", safe="/~!$&'()*,;:@=+%{}")
    query = quote(whole.query, safe="/~!$&'()*,;:@=+%{}?[]")
    return f"{path}?{query}" if query else path


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def links_of(answer: Answer, base: str) -> list[Link]:
    """Every way on that a reply shows, without duplicates, in its order."""
    found: dict[Link, None] = {}
    at = answer.asked.target
    for link in _raw_links(answer):
        target = local(base, at, _opened(link.target))
        if target is not None and (link.script or not _STATIC.search(target.partition("?")[0])):
            found.setdefault(link._replace(target=target))
        if len(found) >= MOST:
            break
    return list(found)


def _opened(text: str) -> str:
    """Templates of scripts, of routers and of RFC 6570, with plain names in braces; optional query templates cut off."""
    text = re.sub(r"\{[?&#][^{}]*\}", "", text)
    text = re.sub(r"\{/([^{},]*)[^{}]*\}", r"/{\1}", text)

    def name(match: re.Match[str]) -> str:
        inner = next((each for each in match.groups() if each), "")
        word = re.sub(r"\W", "", re.split(r"[.\[(]", inner)[-1]) or "id"
        return f"{{{word}}}"

    return _HOLE.sub(name, text)


def _raw_links(answer: Answer) -> Iterator[Link]:
    for name in ("location", "content-location"):
        value = answer.head(name)
        if value and (name == "location" or answer.accepted):
            yield Link(value)
    for each in related(answer):
        yield Link(each.target)
    media, text = answer.media_type, answer.body[:_LARGEST].decode("utf-8", "replace")
    path = answer.asked.target.partition("?")[0]
    if is_json_type(media):
        plain = parse(answer.body)
        if plain is not NOT_JSON:
            yield from _in_json(plain)
    elif media in {"text/html", "application/xhtml+xml"}:
        yield from _in_page(text)
    elif "javascript" in media or path.endswith((".js", ".mjs")):
        yield from in_script(text)
    elif path.endswith("robots.txt") and media.startswith("text/plain"):
        yield from (Link(each) for each in (*_ROBOTS.findall(text), *_SITEMAP.findall(text)))
    elif media.endswith("xml") and "<loc>" in text:
        yield from (Link(each) for each in _LOC.findall(text))


def _in_json(plain: Any) -> Iterator[Link]:
    """Strings that are URLs or absolute paths, whatever they are called, and relative ones under names of links."""
    queue: list[tuple[str, Any, int]] = [("", plain, 0)]
    for at, (name, value, depth) in enumerate(queue):
        if at > _MOST_VALUES:
            return
        if depth < _DEEPEST and isinstance(value, (Mapping, list)):
            inner = value.items() if isinstance(value, Mapping) else ((name, each) for each in value[:100])
            queue += [(str(key), each, depth + 1) for key, each in inner]
        if isinstance(value, Mapping):
            if isinstance(value.get("href"), str) and isinstance(value.get("method"), str):
                yield Link(value["href"], value["method"].upper())
        elif isinstance(value, str) and _leads_on(name, value):
            yield Link(value)


def _leads_on(name: str, value: str) -> bool:
    if not 1 < len(value) <= _LONGEST:
        return False
    if value.startswith(("http://", "https://")) or _PATH.fullmatch(value):
        return True
    return name.lower() in _NEEDS_NO_SLASH and "/" in value and _RELATIVE.fullmatch(value) is not None


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Link] = []
        self.inline: list[str] = []
        self._form: tuple[str, str, list[tuple[str, str]]] | None = None
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag in {"a", "area"} and given.get("href"):
            self.found.append(Link(given["href"]))
        elif tag in {"iframe", "frame"} and given.get("src"):
            self.found.append(Link(given["src"]))
        elif tag == "script":
            self._in_script = True
            if given.get("src"):
                self.found.append(Link(given["src"], script=True))
        elif tag == "form":
            self._form = (given.get("action", ""), given.get("method", "get").upper(), [])
        elif tag in {"input", "textarea", "select"} and self._form is not None and given.get("name"):
            secret = given.get("type", "").lower() == "password"
            self._form[2].append((given["name"], "" if secret else given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._in_script = False
        elif tag == "form" and self._form is not None:
            action, method, fields = self._form
            self.found.append(Link(action or "?", method if method in {"GET", "POST"} else "GET", tuple(fields)))
            self._form = None

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.inline.append(data)


def _in_page(text: str) -> Iterator[Link]:
    page = _Page()
    page.feed(text)
    yield from page.found
    yield from in_script("\n".join(page.inline))


def _called(match: re.Match[str], bases: list[tuple[int, str, str]]) -> str:
    """The target of a call, with what its variable was given last; a variable that is not known is the origin."""
    _, variable, written, more, alone = match.groups()
    if alone is not None:
        return _given(alone, match.start(), bases)
    base = _BASE.match(written)
    start = variable or (base[1] if base is not None else "")
    rest = written[base.end() :] if base is not None else written
    path = _given(start, match.start(), bases) if start else ""
    target = f"{path.rstrip('/')}/{rest.lstrip('/')}" if path or not rest.startswith("/") else rest
    return f"{target}{{id}}" if more and target.endswith("/") else target


def _given(variable: str, before: int, bases: list[tuple[int, str, str]]) -> str:
    name = variable.rpartition(".")[2]
    near = (path for at, each, path in reversed(bases) if each == name and before - _NEAR < at < before)
    return next(near, "")


def in_script(text: str) -> Iterator[Link]:
    """Calls that a program writes out, and other texts that look like paths of an API."""
    bases = [(match.start(), match[1], match[2]) for match in _ASSIGNED.finditer(text)][:_MOST_BASES]
    for match in _CALL.finditer(text):
        target = _called(match, bases)
        if target:
            yield Link(target, match[1].upper())
    for match in _FETCH.finditer(text):
        yield Link(match[1], match[2].upper())
    for match in _QUOTED.finditer(text):
        yield Link(match[1])
