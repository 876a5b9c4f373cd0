"""Of a package: what lets an app speak in clear text, by its declarations and by the addresses in its own code."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.package import Package, Text
from ostiary.model import Confidence, Finding, failed, passed, unknown
from ostiary.parts.mobile import network_rules
from ostiary.parts.mobile.hosts import addresses
from ostiary.parts.mobile.network_rules import is_local

_SHOWN: Final = 4
_NAMES: Final = (  # namespaces and identifiers that are never fetched
    "schemas.android.com", "www.w3.org", "ns.adobe.com", "www.apple.com", "xml.org", "xmlpull.org", "java.sun.com", "purl.org",
    "schemas.microsoft.com", "schemas.xmlsoap.org", "xmlns.com", "apache.org", "www.apache.org", "json-schema.org", "schema.org",
)  # fmt: skip


async def audit_mobile(package: Package) -> Finding:
    """Read the network rules, then look for addresses without TLS where nothing forbids to use them."""
    if package.android:
        files = list(package.network_security)
        faults = [*network_rules.clear_text(package.manifest, files, package.manifest_path)]
        target = int(package.facts["target SDK"])
        by_default = network_rules.is_clear_text_the_default(package.manifest, files, target)
        why = f"it is made for SDK {target}, where clear text is allowed by default"
    else:
        faults = [*network_rules.insecure_loads(package.info, package.manifest_path)]
        by_default, why = False, ""
    if faults:
        return failed(
            faults[0].what,
            *(package.show(each.place, each.what) for each in faults[:_SHOWN]),
            places=tuple(each.place for each in faults),
            confidence=Confidence.CERTAIN,
            facts={"hosts": sorted({host for each in faults for host in each.hosts})},
        )
    clear = _clear(package) if by_default else {}
    if clear:
        return failed(
            f"{why}, and its own code holds {len(clear)} addresses without TLS ({next(iter(clear))})",
            *(package.show(each.where, "an address without TLS", host) for host, each in [*clear.items()][:_SHOWN]),
            places=tuple(dict.fromkeys(each.where for each in clear.values())),
        )
    if by_default:
        return unknown(f"{why}; no address without TLS was found in its code")
    rules = (
        "App Transport Security"
        if not package.android
        else "the network security configuration"
        if package.network_security
        else "Android"
    )
    return passed(
        f"{rules} refuses clear text, and no host but the device's own is an exception",
        package.show(package.manifest_path, "no exception"),
    )


def _clear(package: Package) -> dict[str, Text]:
    """Hosts that the app's own code calls without TLS, and the bare scheme that it puts before them."""
    found: dict[str, Text] = {}
    for text in package.texts():
        if text.value == "http://" and text.where.partition(":")[0].endswith(".dex"):
            found.setdefault("http://", text)
        elif "http://" in text.value:
            for each in addresses(text.value):
                if each.scheme == "http" and _is_called(each.host):
                    found.setdefault(each.host, text)
    return found


def _is_called(host: str) -> bool:
    return "." in host and not is_local(host) and not host.endswith(_NAMES)
