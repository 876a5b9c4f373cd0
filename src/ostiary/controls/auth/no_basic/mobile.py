"""Of a package: user names and passwords that the app sends by HTTP Basic, whole or put together in its code."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.package import Package
from ostiary.model import Confidence, Evidence, Finding, failed, passed, unknown
from ostiary.parts.secrets.found import MASK

_SHOWN: Final = 4
_WHOLE: Final = re.compile(r"[Bb]asic ([A-Za-z0-9+/_-]{8,400}={0,2})")
_FOR_CLIENTS: Final = re.compile(r"grant_type|client_id|/oauth2?/|/token\b|authorization_code")
_MAKES: Final = (
    "okhttp3.Credentials.basic*",
    "com.squareup.okhttp.Credentials.basic",
    "com.loopj.android.http.*.setBasicAuth",
    "*.HttpURLConnection.setBasicAuth",
)


async def audit_mobile(package: Package) -> Finding:
    """Look for whole Basic credentials, calls that make them, and the scheme's name with a blank behind it."""
    whole = [*_whole(package)]
    clients = {text.where for text in package.texts() if _FOR_CLIENTS.search(text.value[:500])}
    made = [
        package.show(
            call.where, f"{call.method} makes a Basic credential" + (" of constants" if len(call.texts) > 1 else "")
        )
        for call in package.calls(*_MAKES)
        if call.where not in clients
    ]
    prefixes = [
        package.show(text.where, "the scheme Basic is put before a credential", text.value)
        for text in package.texts()
        if text.value in {"Basic ", "basic "} and text.where not in clients and not text.where.endswith(".so")
    ]
    faults = [*whole, *made, *(prefixes if package.android else ())]
    if faults:
        return failed(
            f"{faults[0].what} ({len(faults)} such {'place' if len(faults) == 1 else 'places'})",
            *faults[:_SHOWN],
            places=tuple(dict.fromkeys(each.where for each in faults)),
            confidence=Confidence.CERTAIN if whole else Confidence.FIRM,
        )
    if package.complete:
        return unknown(f"not all code could be looked at: {package.complete}")
    if prefixes:
        return unknown("the scheme Basic is among its texts, and what it is used for cannot be seen", *prefixes[:1])
    return passed(
        f"no Basic credential among {len(package.texts())} constant texts",
        package.show(package.manifest_path, "no Basic"),
    )


def _whole(package: Package) -> Iterator[Evidence]:
    for text in package.texts():
        if "asic " in text.value and (found := _WHOLE.search(text.value)):
            try:
                told = base64.b64decode(found[1] + "==", validate=False)
            except (binascii.Error, ValueError):
                continue
            if b":" in told and told.isascii() and told.decode("ascii").isprintable():
                yield package.show(text.where, "a whole Basic credential is built in", f"Basic {found[1][:4]}{MASK}")
