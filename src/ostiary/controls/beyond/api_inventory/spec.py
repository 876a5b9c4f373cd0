"""A document that can be kept in step with what runs: it has a version, its servers exist for others, retired parts have an end."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ostiary.evidence import Spec
from ostiary.model import Evidence, Finding, Severity, failed, passed, unknown

_INNER = (".local", ".internal", ".lan", ".corp", ".test", ".invalid", ".example")


async def audit_spec(spec: Spec) -> Finding:
    """Look for servers that only their developers reach beside public ones, a missing version, and endless retirement."""
    api = spec.api
    if not api.operations:
        return unknown("the document declares no operation")
    faults: list[Evidence] = []
    private = [each for each in api.servers if _is_private(each)]
    public = [each for each in api.servers if each.startswith("http") and not _is_private(each)]
    if private and public:
        faults.append(spec.at("/servers", f"{private[0]} is named beside public servers"))
    if not api.version.strip():
        faults.append(spec.at("/info/version", "the document has no version"))
    endless = [each for each in api.operations if each.deprecated and not _has_an_end(each.extensions)]
    faults += [spec.at(each.pointer, f"{each.key} is deprecated and nothing says until when") for each in endless]
    if faults:
        return failed(
            f"{faults[0].what}" + (f" (and {len(faults) - 1} more)" if faults[1:] else ""),
            *faults[:4],
            severity=Severity.LOW,
            places=tuple(each.key for each in endless),
            facts={"deprecated": [each.key for each in endless]},
        )
    return passed(
        f"version {api.version} of the document names {len(api.operations)} operations, none retired without an end"
    )


def _is_private(server: str) -> bool:
    try:
        host = urlsplit(server).hostname or ""
    except ValueError:
        return False
    if not host:
        return False
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(_INNER) or "." not in host


def _has_an_end(extensions: Mapping[str, Any]) -> bool:
    return any("sunset" in f"{key} {value}".lower() for key, value in extensions.items())
