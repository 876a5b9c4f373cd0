"""Which operations a document keeps for servers: by what it says beside them, or by credentials that no app can keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ostiary.model import Api, Operation

_SERVERS: Final = re.compile(
    r"servers?|server[-_ ]to[-_ ]server|services?|back[-_ ]?ends?|s2s|machine|m2m", re.IGNORECASE
)


def for_servers(api: Api | None, operation: Operation) -> str:
    """Why an operation is for servers alone, in words; or an empty string."""
    if api is None or not operation.declared:
        return ""
    info = api.document.get("info")
    said: Any = operation.extensions.get("x-audience") or (
        info.get("x-audience") if isinstance(info, Mapping) else None
    )
    named = [str(each) for each in (said if isinstance(said, list) else [said] if said else [])]
    if named and all(_SERVERS.fullmatch(each) for each in named):
        return f"x-audience: {', '.join(named)}"
    ways = operation.security or ()
    if (
        ways
        and all(any(_keeps_secret(api.security_schemes.get(name, {})) for name in way) for way in ways if way)
        and all(ways)
    ):
        return "it asks for credentials that no app can keep"
    return ""


def _keeps_secret(scheme: Mapping[str, Any]) -> bool:
    """Mutual TLS; a token for a client's own credentials is often taken from users too."""
    return scheme.get("type") == "mutualTLS"
