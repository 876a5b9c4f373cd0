"""Of a package: TLS versions below 1.2 that its declarations allow or its code asks for."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.package import Package
from ostiary.model import Confidence, Finding, failed, not_applicable, passed
from ostiary.parts.mobile import network_rules

_SHOWN: Final = 4
_CURRENT: Final = frozenset({"TLSv1.2", "TLSv1.3"})


async def audit_mobile(package: Package) -> Finding:
    """Read the exceptions of App Transport Security, or the contexts that an Android app's own code makes."""
    if not package.android:
        old = [*network_rules.old_versions(package.info, package.manifest_path)]
        if old:
            return failed(
                old[0].what,
                *(package.show(each.place, each.what) for each in old[:_SHOWN]),
                places=tuple(each.place for each in old),
                confidence=Confidence.CERTAIN,
            )
        return passed(
            "App Transport Security asks for TLS 1.2, and no host is an exception",
            package.show(package.manifest_path, "no exception for a lower version"),
        )
    made = [(call, text) for call in package.calls("javax.net.ssl.SSLContext.getInstance") for text in call.texts]
    old_ones = [(call, text) for call, text in made if text in network_rules.OLD_TLS]
    if old_ones:
        return failed(
            f"its own code asks for {old_ones[0][1]}",
            *(package.show(call.where, f"{call.method} asks for {text}", text) for call, text in old_ones[:_SHOWN]),
            places=tuple(dict.fromkeys(call.where for call, _ in old_ones)),
        )
    current = [(call, text) for call, text in made if text in _CURRENT]
    if current:
        call, text = current[0]
        return passed(f"its own code asks for {text}", package.show(call.where, f"{call.method} asks for {text}"))
    return not_applicable("the app's own code sets no TLS version: the device's own decides")
