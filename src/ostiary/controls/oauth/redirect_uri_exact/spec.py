"""A document's authorization endpoint is reached over TLS, and promises no patterns of redirect URIs."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from ostiary.evidence import Spec
from ostiary.model import Confidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen.purposes import purpose

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", None})
_WILD = re.compile(r"https?://[^\s\"'`]*\*|wild-?card|any (?:sub-?domain|redirect|url)|\bprefix\b", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:no|not|never|without)\b[^.]{0,30}$", re.IGNORECASE)


async def audit_spec(spec: Spec) -> Finding:
    """Read the authorization URLs and what is said of ``redirect_uri``."""
    urls = [
        (name, str(flow["authorizationUrl"]))
        for name, scheme in spec.api.security_schemes.items()
        for flow in [scheme, *_mappings(scheme.get("flows"))]
        if flow.get("authorizationUrl")
    ]
    asks = [each for each in spec.api.operations if purpose(each) == "authorize"]
    if not urls and not asks:
        return not_applicable("the document names no authorization endpoint")
    for name, url in urls:
        parts = urlsplit(url)
        if parts.scheme == "http" and parts.hostname not in _LOCAL:
            where = spec.at(f"/components/securitySchemes/{name}", url)
            return failed("the authorization endpoint is reached in clear text", where, confidence=Confidence.FIRM)
    for operation in asks:
        told = _told(operation)
        match = _WILD.search(told)
        if match is not None and not _DENIED.search(told[: match.start()]):
            where = spec.at(operation.pointer, f"redirect_uri: {told[:120]}")
            return failed(
                "the document promises that redirect URIs may match a pattern",
                where,
                places=(operation.key,),
                confidence=Confidence.TENTATIVE,
            )
        if _is_listed(operation):
            return passed("the document lists the redirect URIs one by one", spec.at(operation.pointer, operation.key))
    return unknown("the document names an authorization endpoint, and not how redirect URIs are compared")


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [each for each in value.values() if isinstance(each, dict)] if isinstance(value, dict) else []


def _told(operation: Operation) -> str:
    """What the document says of the redirect URI."""
    fragments = [
        each.schema.fragment for each in operation.parameters if each.name == "redirect_uri" and each.schema is not None
    ]
    found = [
        str(each.get(key, "")) for each in fragments if isinstance(each, dict) for key in ("description", "example")
    ]
    return " ".join(found)


def _is_listed(operation: Operation) -> bool:
    fragments = [
        each.schema.fragment for each in operation.parameters if each.name == "redirect_uri" and each.schema is not None
    ]
    return any(isinstance(each, dict) and ("enum" in each or "const" in each) for each in fragments)
