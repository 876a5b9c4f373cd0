"""Cookies that the document knows: the one that carries a session, and those that its replies set, with their attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ostiary.evidence import Spec
from ostiary.model import Confidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.seen import cookies

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", ""})
_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+=[^;\s]+(?:;.*)?", re.DOTALL)


async def audit_spec(spec: Spec) -> Finding:
    """Look at cookies that authenticate, at the servers they are sent to, and at the examples of Set-Cookie."""
    carried = [
        (name, str(each.get("name", name)))
        for name, each in spec.api.security_schemes.items()
        if each.get("type") == "apiKey" and each.get("in") == "cookie"
    ]
    shown = list(_examples(spec.api.document))
    for pointer, cookie in shown:
        missing = [name for name in ("HttpOnly", "Secure") if name.lower() not in cookie.attributes]
        if missing:
            words = " and ".join(missing)
            return failed(
                f"the document sets the cookie {cookie.name} without {words}",
                spec.at(pointer, f"an example of Set-Cookie without {words}"),
                facts={"cookies": [cookie.name], "missing": missing},
                severity=Severity.LOW,  # an example may be older than what it shows
                confidence=Confidence.TENTATIVE,
            )
    clear = [
        each for each in spec.api.servers if urlsplit(each).scheme == "http" and urlsplit(each).hostname not in _LOCAL
    ]
    if carried and clear:
        where = spec.at(f"/components/securitySchemes/{carried[0][0]}", f"{carried[0][1]} goes to {clear[0]}")
        return failed(
            f"the cookie {carried[0][1]} is sent in clear text: a server of the document has no TLS, where Secure cannot be",
            where,
            facts={"cookies": [name for _, name in carried], "missing": ["Secure"]},
            confidence=Confidence.TENTATIVE,
        )
    if shown:
        return passed(
            "the document's examples of Set-Cookie are Secure and HttpOnly", spec.at(shown[0][0], "Set-Cookie")
        )
    if not carried:
        return not_applicable("the document knows no cookie: no scheme takes one, and no reply sets one")
    return unknown(f"the document takes the cookie {carried[0][1]}, and says nothing of its attributes")


def _examples(document: Any) -> Iterator[tuple[str, cookies.Set]]:
    """Examples of Set-Cookie header fields, with the pointers to the field's definition."""
    stack: list[tuple[str, Any]] = [("", document)]
    left = 50_000  # members; larger documents are looked at in part
    while stack and left:
        left -= 1
        pointer, value = stack.pop()
        if isinstance(value, dict):
            for key, each in value.items():
                inner = f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
                if str(key).lower() == "set-cookie" and isinstance(each, dict):
                    yield from ((inner, cookie) for cookie in _told(each) if cookie.is_state)
                else:
                    stack.append((inner, each))
        elif isinstance(value, list):
            stack += [(f"{pointer}/{at}", each) for at, each in enumerate(value)]


def _told(header: dict[str, Any]) -> Iterator[cookies.Set]:
    schema = header.get("schema")
    inner = schema if isinstance(schema, dict) else {}
    for each in (header.get("example"), inner.get("example"), inner.get("default"), inner.get("const")):
        if isinstance(each, str) and _FIELD.fullmatch(each.strip()):
            yield cookies.read(each.strip())
