"""Of a package: credentials in code, resources, property lists and scripts, and keys that it encrypts or signs with."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.package import Package
from ostiary.model import Confidence, Evidence, Finding, failed, passed, unknown
from ostiary.parts.mobile.keys import built_in

_SHOWN: Final = 4


async def audit_mobile(package: Package) -> Finding:
    """Search all constants by their values and names; payment salts are another control's."""
    searched = package.secrets()
    found = [each for each in searched.found if not each.salt]
    faults = [
        _shown(package, each.where, f"{each.title}{f' in {each.name}' if each.name else ''}", each.shown)
        for each in found
    ]
    faults += [
        _shown(package, each.where, each.what, each.shown) for each in built_in(package, {each.where for each in found})
    ]
    public = [f"{each.title} in {each.where}" for each in package.public_keys()]
    if faults:
        return failed(
            f"{len(faults)} {'secret is' if len(faults) == 1 else 'secrets are'} built in, first {faults[0].what}",
            *faults[:_SHOWN],
            places=tuple(dict.fromkeys(each.where for each in faults)),
            confidence=Confidence.CERTAIN if any(each.certain for each in found) else Confidence.FIRM,
            facts={"kinds": sorted({each.kind for each in found}), "public keys": public[:20]},
        )
    if package.complete:
        return unknown(f"not all code could be searched: {package.complete}")
    more = f"; {len(public)} keys that are made to be seen, restrict them: {public[0]}" if public else ""
    return passed(
        f"no credential among {len(package.texts())} constant texts and {searched.files} other members{more}",
        package.show(package.manifest_path, f"{searched.bytes} bytes of texts were searched"),
    )


def _shown(package: Package, where: str, what: str, shown: str) -> Evidence:
    return package.show(where, what, shown)
