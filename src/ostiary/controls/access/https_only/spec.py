"""The document gives clients no clear-text address but of their own machine."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ostiary.evidence import Spec
from ostiary.model import Finding, failed, passed, unknown

_OWN = frozenset({"localhost", "127.0.0.1", "::1"})


async def audit_spec(spec: Spec) -> Finding:
    """Addresses that the document gives to clients: servers and OAuth endpoints, localhost apart."""
    named = [(f"/servers/{at}", url) for at, url in enumerate(spec.api.servers)]
    for name, scheme in spec.api.security_schemes.items():
        named += [(f"security scheme {name}", url) for url in _addresses(scheme)]
    absolute = [(where, url) for where, url in named if "://" in url and urlsplit(url).hostname not in _OWN]
    clear = [spec.at(where, f"{url} is clear text") for where, url in absolute if url.lower().startswith("http:")]
    if clear:
        return failed(f"the document sends clients to {len(clear)} clear-text addresses", *clear[:5])
    if not absolute:
        return unknown("the document names no absolute address outside localhost")
    return passed(f"all {len(absolute)} addresses in the document are https")


def _addresses(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [url for key, each in node.items() if key != "scopes" for url in _addresses(each)]
    return [node] if isinstance(node, str) and node.lower().startswith(("http://", "https://")) else []
