"""What an app's own declarations say of its connections: clear text, trusted authorities, pins, lowest TLS version.

Sources: "Network security configuration" (Android developers) and ``NSAppTransportSecurity`` (Apple's property list keys).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ostiary.parts.mobile.markup import Element

_FORBIDDEN_FROM: Final = 28  # the target SDK from which clear text has to be allowed in so many words
_LOCAL: Final = frozenset(
    {"localhost", "10.0.2.2", "10.0.3.2"}
)  # the machine itself, and emulators' names for their host
OLD_TLS: Final = frozenset({"TLSv1.0", "TLSv1.1", "TLSv1", "SSLv3", "SSLv2"})
_ALLOWS: Final = (
    "NSExceptionAllowsInsecureHTTPLoads", "NSTemporaryExceptionAllowsInsecureHTTPLoads", "NSThirdPartyExceptionAllowsInsecureHTTPLoads",
)  # fmt: skip
_MINIMA: Final = (
    "NSExceptionMinimumTLSVersion",
    "NSTemporaryExceptionMinimumTLSVersion",
    "NSThirdPartyExceptionMinimumTLSVersion",
)
_NARROWER: Final = ("NSAllowsArbitraryLoadsInWebContent", "NSAllowsArbitraryLoadsForMedia", "NSAllowsLocalNetworking")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """The pins for some hosts."""

    hosts: tuple[str, ...]
    count: int  # of different ones
    expires: dt.date | None = None
    place: str = ""

    def is_over(self, today: dt.date) -> bool:
        """Whether they count no longer."""
        return self.expires is not None and self.expires <= today


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Something that weakens connections; ``hosts`` empty: all of them."""

    what: str
    place: str
    hosts: tuple[str, ...] = ()


def is_local(host: str) -> bool:
    """Whether a host is the device itself, an emulator's machine or a name of the local network."""
    host = host.strip("[]").lower().rstrip(".")
    if host in _LOCAL or host.endswith((".local", ".localhost")) or (host and "." not in host and ":" not in host):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def configs(root: Element) -> Iterator[Element]:
    """The base and every domain's configuration; what counts for debugging alone is left out."""
    stack = [each for each in root.children if each.tag in {"base-config", "domain-config"}]
    while stack:
        each = stack.pop(0)
        yield each
        stack += each.all("domain-config")


def hosts_of(config: Element) -> tuple[str, ...]:
    """The domains that a configuration is for."""
    return tuple(each.text.strip() for each in config.all("domain") if each.text.strip())


def clear_text(manifest: Element, files: list[tuple[str, Element]], manifest_path: str) -> Iterator[Allowed]:
    """What allows clear text on Android in so many words; hosts that are the device's own are left out."""
    if not files:
        for each in manifest.all("application"):
            if each.get("android:usesCleartextTraffic") == "true":
                yield Allowed(
                    what="android:usesCleartextTraffic allows clear text to every host",
                    place=f"{manifest_path}:{each.line}",
                )
    for path, root in files:
        for config in configs(root):
            hosts = tuple(each for each in hosts_of(config) if not is_local(each))
            if config.get("cleartextTrafficPermitted") == "true" and (hosts or config.tag == "base-config"):
                to = ", ".join(hosts[:3]) or "every host"
                yield Allowed(
                    what=f"the network security configuration allows clear text to {to}",
                    place=f"{path}:{config.line}",
                    hosts=hosts,
                )


def is_clear_text_the_default(manifest: Element, files: list[tuple[str, Element]], target: int) -> bool:
    """Whether clear text is allowed because nothing forbids it to an app that is made for an old Android."""
    if target >= _FORBIDDEN_FROM:
        return False
    if files:
        return not any(each.get("cleartextTrafficPermitted") for _, root in files for each in root.all("base-config"))
    return not any(each.get("android:usesCleartextTraffic") == "false" for each in manifest.all("application"))


def user_authorities(files: list[tuple[str, Element]]) -> Iterator[Allowed]:
    """Configurations of released builds that trust certificates that the user installed."""
    for path, root in files:
        for config in configs(root):
            for anchors in config.all("trust-anchors"):
                for each in anchors.all("certificates"):
                    if each.get("src") == "user":
                        hosts = hosts_of(config)
                        what = f"certificates that the user installs are trusted for {', '.join(hosts[:3]) or 'every host'}"
                        yield Allowed(what=what, place=f"{path}:{each.line or config.line}", hosts=hosts)


def android_pins(files: list[tuple[str, Element]]) -> Iterator[Pins]:
    """The pin sets of network security configurations."""
    for path, root in files:
        for config in configs(root):
            for each in config.all("pin-set"):
                pins = {one.text.strip() for one in each.all("pin") if one.text.strip()}
                when = _date(each.get("expiration"))
                yield Pins(
                    hosts=hosts_of(config), count=len(pins), expires=when, place=f"{path}:{each.line or config.line}"
                )


def ios_pins(info: Mapping[str, Any], place: str) -> Iterator[Pins]:
    """``NSPinnedDomains``, and TrustKit's setting of the same."""
    for host, rules in _dictionary(transport(info).get("NSPinnedDomains")).items():
        lists = [_dictionary(rules).get(name) for name in ("NSPinnedLeafIdentities", "NSPinnedCAIdentities")]
        pins = {str(each) for one in lists if isinstance(one, list) for each in one[:100]}
        yield Pins(hosts=(str(host),), count=len(pins), place=f"{place}:NSPinnedDomains.{host}")
    kit = _dictionary(info.get("TSKConfiguration"))
    for host, rules in _dictionary(kit.get("TSKPinnedDomains")).items():
        hashes = _dictionary(rules).get("TSKPublicKeyHashes")
        pins = {str(each) for each in hashes[:100]} if isinstance(hashes, list) else set()
        when = _date(str(_dictionary(rules).get("TSKExpirationDate", "")))
        yield Pins(hosts=(str(host),), count=len(pins), expires=when, place=f"{place}:TSKPinnedDomains.{host}")


def transport(info: Mapping[str, Any]) -> Mapping[str, Any]:
    """An iOS app's rules of App Transport Security."""
    return _dictionary(info.get("NSAppTransportSecurity"))


def insecure_loads(info: Mapping[str, Any], place: str) -> Iterator[Allowed]:
    """What allows clear text, or certificates that no one vouches for, on iOS."""
    rules = transport(info)
    base = f"{place}:NSAppTransportSecurity"
    if rules.get("NSAllowsArbitraryLoads") is True and not any(name in rules for name in _NARROWER):
        yield Allowed(
            what="NSAllowsArbitraryLoads allows clear text to every host", place=f"{base}.NSAllowsArbitraryLoads"
        )
    for name in _NARROWER[:2]:
        if rules.get(name) is True:
            yield Allowed(what=f"{name} allows clear text to every host", place=f"{base}.{name}")
    for host, rule in _dictionary(rules.get("NSExceptionDomains")).items():
        for name in _ALLOWS:
            if _dictionary(rule).get(name) is True and not is_local(str(host)):
                what = f"{name} allows clear text to {host}"
                yield Allowed(what=what, place=f"{base}.NSExceptionDomains.{host}", hosts=(str(host),))


def old_versions(info: Mapping[str, Any], place: str) -> Iterator[Allowed]:
    """Hosts with which an iOS app accepts TLS below 1.2."""
    for host, rule in _dictionary(transport(info).get("NSExceptionDomains")).items():
        for name in _MINIMA:
            version = str(_dictionary(rule).get(name, ""))
            if version in OLD_TLS:
                where = f"{place}:NSAppTransportSecurity.NSExceptionDomains.{host}"
                yield Allowed(what=f"{name} is {version} for {host}", place=where, hosts=(str(host),))


def _dictionary(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
