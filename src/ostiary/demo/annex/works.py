"""Works: an export and a summary, quick as they should be, or done while everybody waits."""

from __future__ import annotations

import time
from typing import Any

from ostiary.demo.annex.room import Answer, Call, array, found, object_of, operation, text

FAULTS = {
    "processing.async-heavy-work": "makes an export inside the request, and serves nobody else meanwhile",
    "input.rate-concurrency": "lets one caller's slow summaries keep everybody waiting",
}
TABLES = ""
LONG = 1.1  # seconds
SLOW = 0.2
MOST = 100


def paths(_: frozenset[str]) -> dict[str, Any]:
    """What is made of one's own notes."""
    row = object_of({"line": text(400)})
    return {
        "/exports/mine": {"get": operation("exportMine", "An export of one's own account", gives=array(row, MOST))},
        "/summary": {
            "get": operation(
                "summary", "How much there is", gives=object_of({"people": {"type": "integer", "minimum": 0}})
            )
        },
    }


async def serve(call: Call) -> Answer:
    """Serve works."""
    if call.operation == "exportMine":
        if "processing.async-heavy-work" in call.faults:
            time.sleep(LONG)  # noqa: ASYNC251 - that is the fault: nobody else is served meanwhile
        return found([{"line": f"name: {call.person.name}"}])
    if "input.rate-concurrency" in call.faults:
        time.sleep(SLOW)  # noqa: ASYNC251 - as above
    return found({"people": call.db.execute("SELECT count(*) FROM people").fetchone()[0]})
