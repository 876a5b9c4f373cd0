"""The archive: what the document says of it is so, or the document is older than the house."""

from __future__ import annotations

from typing import Any

from ostiary.demo.annex.room import Answer, Call, Refused, found, object_of, operation, text

FAULTS = {
    "beyond.api-inventory/missing": "declares a catalogue that is not there any more",
    "beyond.api-inventory/reply": "answers with a number where its schema promises text",
    "processing.debug-off/operation": "serves and declares an operation that tells anybody how it was configured",
}
TABLES = ""


def paths(faults: frozenset[str]) -> dict[str, Any]:
    """Two public reads, and one that no client needs."""
    shelf = object_of({"name": text(100), "from": text(10)})
    made: dict[str, Any] = {
        "/archive/shelf": {"get": operation("archiveShelf", "Where old things are", gives=shelf, public=True)},
        "/archive/catalogue": {"get": operation("archiveCatalogue", "What is there", gives=shelf, public=True)},
    }
    if "processing.debug-off/operation" in faults:
        inside = object_of({"engine": text(50), "path": text(200)})
        made["/archive/_debug"] = {"get": operation("archiveDebug", "How it is set up", gives=inside, public=True)}
    return made


async def serve(call: Call) -> Answer:
    """Serve the archive."""
    if call.operation == "archiveDebug":
        return found({"engine": "sqlite", "path": "/var/lib/annex/archive.db"})
    if call.operation == "archiveCatalogue" and "beyond.api-inventory/missing" in call.faults:
        raise Refused(404, "nothing is here")
    return found({"name": "north wall", "from": 1970 if "beyond.api-inventory/reply" in call.faults else "1970"})
