"""Of a package: addresses whose query takes a password, token or key."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.package import Package
from ostiary.model import Finding, failed, not_applicable, passed, unknown

_SHOWN: Final = 4
_QUERY: Final = re.compile(
    r"[?&](?P<name>access_token|auth_?token|session_?(?:id|token)|api_?key|apikey|client_secret|password|passwd|pwd|secret|jwt|token)=",
    re.IGNORECASE,
)
_FETCHED: Final = re.compile(r"https?://|^/[\w/.{}%$-]{2,200}\?")


async def audit_mobile(package: Package) -> Finding:
    """Read the addresses among the app's own texts."""
    found = [
        (each, named["name"])
        for each in package.texts()
        if "=" in each.value and _FETCHED.search(each.value) and (named := _QUERY.search(each.value))
    ]
    if found:
        return failed(
            f"an address takes {found[0][1]} in its query ({len(found)} such {'address' if len(found) == 1 else 'addresses'})",
            *(
                package.show(each.where, f"{name} in the query", each.value.partition(f"{name}=")[0] + f"{name}=")
                for each, name in found[:_SHOWN]
            ),
            places=tuple(dict.fromkeys(each.where for each, _ in found)),
        )
    if package.complete:
        return unknown(f"not all code could be looked at: {package.complete}")
    looked = sum("://" in each.value for each in package.texts())
    if not looked:
        return not_applicable("no address among the app's texts")
    return passed(
        f"none of {looked} addresses takes a credential in its query",
        package.show(package.manifest_path, "addresses in code and resources"),
    )
