"""Of a package: keys that tokens are signed with; whoever unpacks the app has them."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.package import Package
from ostiary.model import Confidence, Evidence, Finding, failed, not_applicable, unknown
from ostiary.parts.mobile.keys import SIGNS, signing
from ostiary.parts.secrets.names import meaning

_SHOWN: Final = 4
_ABOUT: Final = frozenset({"jwt", "jws", "jose", "hs256", "hs512"})
_SHORTEST: Final = 6  # characters


async def audit_mobile(package: Package) -> Finding:
    """Look for constants that reach a signing call, and for secrets that are named for tokens."""
    faults = [package.show(each.where, each.what, each.shown) for each in signing(package)]
    faults += _named(package)
    if faults:
        return failed(
            f"{faults[0].what}: anybody who unpacks the app can sign tokens",
            *faults[:_SHOWN],
            places=tuple(dict.fromkeys(each.where for each in faults)),
            confidence=Confidence.FIRM,
        )
    if package.complete:
        return unknown(f"not all code could be looked at: {package.complete}")
    calls = package.calls(*SIGNS)
    if calls:
        return unknown(
            "the app signs tokens, and where its key comes from cannot be seen",
            package.show(calls[0].where, calls[0].name),
        )
    return not_applicable("no call that signs tokens, and no key that is named for it")


def _named(package: Package) -> list[Evidence]:
    found = []
    for each in package.texts():
        told = meaning(each.name) if each.name and len(each.value) >= _SHORTEST else None
        if (
            told
            and told.kind in {"secret", "key"}
            and _ABOUT & set(told.words)
            and " " not in each.value
            and not each.value.startswith("eyJ")
        ):
            found.append(
                package.show(each.where, f"the constant {each.name} is a key for tokens", each.value[:2] + "***")
            )
    return found
