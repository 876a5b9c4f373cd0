"""Of a package: code that trusts everybody, certificates that users install, and pins that are over, alone or in good order."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

from ostiary.evidence.package import Package
from ostiary.model import Confidence, Evidence, Finding, Severity, attest, failed, passed, unknown
from ostiary.parts.mobile import network_rules
from ostiary.parts.mobile.network_rules import Pins
from ostiary.parts.mobile.trusting import trusting

_SHOWN: Final = 4
_ENOUGH: Final = 2  # pins: one in use and one in reserve
_PIN: Final = re.compile(r"sha(?:1|256)/[A-Za-z0-9+/]{20,50}={0,2}")
_BY_HAND: Final = (
    "_SecTrustCopyKey",
    "_SecTrustCopyPublicKey",
    "_SecCertificateCopyData",
    "_SecCertificateCopyKey",
    "_SecTrustSetAnchorCertificates",
)
QUESTION: Final = "Was pinning rejected on purpose (attach the dated decision record), or are keys pinned in a way that cannot be seen here?"


async def audit_mobile(package: Package) -> Finding:
    """Look for checks that are switched off, then for pins: those of declarations, and calls of the app's own code."""
    open_doors = [package.show(each.where, each.what) for each in trusting(package)]
    files = list(package.network_security)
    users = [package.show(each.place, each.what) for each in network_rules.user_authorities(files)]
    if open_doors or users:
        faults = open_doors + users
        return failed(
            f"{faults[0].what} ({len(faults)} such {'place' if len(faults) == 1 else 'places'})",
            *faults[:_SHOWN],
            severity=Severity.CRITICAL if open_doors else Severity.MEDIUM,
            places=tuple(dict.fromkeys(each.where for each in faults)),
            confidence=Confidence.CERTAIN if users else Confidence.FIRM,
        )
    pins = [*network_rules.android_pins(files), *_called(package)]
    if not package.android:
        pins += network_rules.ios_pins(package.info, package.manifest_path)
    return _of_pins(package, pins) if pins else _without(package)


def _called(package: Package) -> list[Pins]:
    """Pins that code gives to OkHttp, by host."""
    by_host: dict[str, tuple[str, set[str]]] = {}
    for call in package.calls(
        "okhttp3.CertificatePinner$Builder.add", "com.squareup.okhttp.CertificatePinner$Builder.add"
    ):
        place, pins = by_host.setdefault(next(iter(call.texts), ""), (call.where, set()))
        pins.update(each for each in call.texts if _PIN.fullmatch(each))
        if not pins:  # handed over in an array: their texts stand in the same class
            pins.update(each.value for each in package.texts() if each.where == place and _PIN.fullmatch(each.value))
    return [
        Pins(hosts=(host,) if host else (), count=len(pins), place=place)
        for host, (place, pins) in by_host.items()
        if pins
    ]


def _of_pins(package: Package, pins: Sequence[Pins]) -> Finding:
    today = dt.datetime.now(dt.UTC).date()
    over = [each for each in pins if each.is_over(today)]
    alone = [each for each in pins if each.count < _ENOUGH and each not in over]
    if over or alone:
        faults = [
            _shown(package, each, f"its pins ended on {each.expires}: nothing is pinned any more") for each in over
        ]
        faults += [
            _shown(package, each, "one pin and none in reserve: the next key locks everybody out") for each in alone
        ]
        return failed(
            faults[0].what, *faults[:_SHOWN], places=tuple(each.where for each in faults), confidence=Confidence.CERTAIN
        )
    hosts = ", ".join(dict.fromkeys(host for each in pins for host in each.hosts))
    return passed(
        f"{hosts or 'hosts that are named elsewhere'} pinned with at least {min(each.count for each in pins)} keys",
        *(
            _shown(package, each, f"{each.count} pins" + (f", until {each.expires}" if each.expires else ""))
            for each in pins[:_SHOWN]
        ),
    )


def _shown(package: Package, pins: Pins, what: str) -> Evidence:
    return package.show(pins.place, what, ", ".join(pins.hosts))


def _without(package: Package) -> Finding:
    if package.complete:
        return unknown(f"not all code could be looked at: {package.complete}")
    by_hand = sorted(
        {
            name
            for each in package.binaries
            if each.own
            for one in each.slices
            for name in one.imports
            if name in _BY_HAND
        }
    )
    if by_hand:
        return attest(f"{QUESTION} Its code reads certificates itself ({by_hand[0].lstrip('_')}).")
    return attest(f"{QUESTION} Neither declarations nor the app's own code pin any key.")
