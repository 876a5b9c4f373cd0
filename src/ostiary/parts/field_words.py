"""What a field holds is told by the words of its name, where its schema does not say more."""

from __future__ import annotations

import functools
import re
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_RUN_TOGETHER: Final = re.compile(r"([a-z]{2,})(url|uri|href)")  # "callbackurl", "imageuri"

LINKS: Final = frozenset({
    "url", "urls", "uri", "uris", "href", "link", "links", "website", "homepage", "webpage", "avatar", "image", "images",
    "picture", "photo", "logo", "icon", "thumbnail", "banner", "cover", "callback", "webhook", "redirect", "feed", "src",
})  # fmt: skip
SECRETS: Final = frozenset({
    "password", "passwd", "passphrase", "pass", "pwd", "secret", "pin", "otp", "code", "token", "answer", "captcha",
    "signature", "assertion", "credential", "credentials", "verifier", "challenge", "key",
})  # fmt: skip
MANY_LINES: Final = frozenset({
    "q", "query", "queries", "search", "text", "texts", "filter", "filters", "where", "expr", "expression", "body",
    "content", "contents", "message", "messages", "msg", "comment", "comments", "description", "note", "notes", "sql",
    "script", "source", "code", "data", "json", "payload", "input", "output", "prompt", "template", "variables",
    "extensions", "statement", "markdown", "html", "xml", "yaml", "csv", "address", "bio", "about", "summary",
    "details", "detail", "reason", "feedback", "review", "signature", "certificate", "pem", "key", "log", "logs",
    "value", "command", "definition", "instructions", "remarks", "paragraph", "letter", "lyrics", "snippet", "patch",
})  # fmt: skip
ONE_LINE: Final = frozenset({
    "name", "names", "firstname", "lastname", "fullname", "surname", "nickname", "username", "login", "title", "subject",
    "email", "mail", "emails", "phone", "mobile", "tel", "fax", "city", "country", "state", "zip", "postcode", "zipcode",
    "filename", "url", "uri", "href", "link", "website", "host", "hostname", "domain", "id", "uuid", "slug", "sku",
    "currency", "locale", "language", "lang", "timezone", "tag", "label", "to", "cc", "bcc", "from", "sender", "recipient",
    "redirect", "callback", "webhook", "path", "sort", "order", "status", "type", "role", "color", "company", "organization",
})  # fmt: skip
IDENTIFIERS: Final = frozenset({
    "filename", "file", "username", "login", "email", "mail", "url", "uri", "href", "link", "website", "host", "hostname",
    "domain", "slug", "handle", "nickname",
})  # fmt: skip


@functools.lru_cache(maxsize=8192)
def words(name: str) -> tuple[str, ...]:
    """The words of a name, lower case: ``callbackURL``, ``callback_url`` and ``callback-url`` have the same two."""
    found = tuple(each.lower() for each in _WORD.findall(name))
    if len(found) == 1 and (match := _RUN_TOGETHER.fullmatch(found[0])):
        return match[1], match[2]
    return found


def has(name: str, vocabulary: frozenset[str]) -> bool:
    """Whether a name, or one of its words, is in a vocabulary."""
    found = words(name)
    return not vocabulary.isdisjoint(found) or "".join(found) in vocabulary
