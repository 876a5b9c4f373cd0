"""Of a package: any credential that reached a build was not stopped by a scan before it."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.package import Package
from ostiary.model import Confidence, Finding, failed, passed, unknown

_SHOWN: Final = 4


async def audit_mobile(package: Package) -> Finding:
    """Search all constants and members of the package; which secrets may be there is for the controls of mobile apps."""
    searched = package.secrets()
    if searched.found:
        first = searched.found[0]
        return failed(
            f"{len(searched.found)} {'secret is' if len(searched.found) == 1 else 'secrets are'} in the package, first {first.title}",
            *(package.show(each.where, each.title, each.shown) for each in searched.found[:_SHOWN]),
            places=tuple(dict.fromkeys(each.where for each in searched.found)),
            confidence=Confidence.CERTAIN if any(each.certain for each in searched.found) else Confidence.FIRM,
        )
    if package.complete:
        return unknown(f"not all code could be searched: {package.complete}")
    return passed(
        f"no credential among {len(package.texts())} constant texts and {searched.files} other members",
        package.show(package.manifest_path, f"{searched.bytes} bytes of texts were searched"),
    )
