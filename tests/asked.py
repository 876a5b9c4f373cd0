"""One control asked of a real server: uvicorn in a thread of its own, and the whole audit with that control alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from loop.stage import serving
from ostiary.audit.result import Result
from ostiary.audit.run import audit
from ostiary.model import Api


def asked(
    control: str,
    app: Any,
    api: Api,
    *,
    intrusive: bool = True,
    identities: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    budget: int = 500,
) -> Result:
    """What the audit says of an ASGI app."""
    with serving(app) as port:
        report = asyncio.run(
            audit(
                f"http://127.0.0.1:{port}",
                api=api,
                only=[control],
                intrusive=intrusive,
                identities=identities,
                budget=budget,
                nonce="t",
            )
        )
    return next(each for each in report.results if each.id == control)
