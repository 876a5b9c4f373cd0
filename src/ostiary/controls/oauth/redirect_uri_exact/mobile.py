"""Of a package: redirects to schemes that any other app may claim, where Android or iOS could prove an https address."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.package import Package
from ostiary.model import Evidence, Finding, failed, not_applicable, passed, unknown
from ostiary.parts.mobile.manifests import Link, links

_SHOWN: Final = 4
_RETURNS: Final = re.compile(r"oauth|callback|redirect|authori[sz]e|signin|login|sso|openid", re.IGNORECASE)
_WEB: Final = frozenset({"http", "https"})


async def audit_mobile(package: Package) -> Finding:
    """Read the addresses that open the app, as far as their names say that sign-ins come back there."""
    if not package.android:
        return _of_ios(package)
    back = [
        each
        for each in links(package.manifest)
        if _RETURNS.search(f"{each.component} {each.scheme} {each.host} {each.path}")
    ]
    proved = [each for each in back if each.scheme in _WEB and each.verified]
    loose = [each for each in back if each not in proved]
    if not back:
        return not_applicable("no address that opens the app looks like the end of a sign-in")
    if not loose:
        return passed(
            "sign-ins come back to https addresses that Android proves", *(_shown(package, each) for each in proved[:1])
        )
    shown = [_shown(package, each) for each in loose]
    if any(each.scheme not in _WEB and "." not in each.scheme for each in loose):
        return failed(
            f"sign-ins come back to {loose[0].scheme}://, which any other app may claim",
            *shown[:_SHOWN],
            places=tuple(dict.fromkeys(each.where for each in shown)),
        )
    return unknown(f"sign-ins come back to {loose[0].scheme}://, which nothing proves to be the app's", *shown[:_SHOWN])


def _shown(package: Package, link: Link) -> Evidence:
    what = "proved" if link.verified else "not proved (no autoVerify)"
    return package.show(
        f"{package.manifest_path}:{link.line or link.component}", what, f"{link.scheme}://{link.host}{link.path}"
    )


def _of_ios(package: Package) -> Finding:
    kinds = package.info.get("CFBundleURLTypes")
    schemes = [
        str(scheme)
        for each in (kinds if isinstance(kinds, list) else [])[:50]
        if isinstance(each, dict)
        for scheme in (each.get("CFBundleURLSchemes") or [])[:50]
    ]
    if not schemes:
        return not_applicable("no scheme of its own opens the app")
    what = f"{schemes[0]}:// opens the app; whether sign-ins come back there cannot be seen"
    return unknown(what, package.show(f"{package.manifest_path}:CFBundleURLTypes", "schemes", ", ".join(schemes[:10])))
