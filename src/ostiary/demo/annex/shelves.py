"""Files and portraits that people hand in: kept under names of the house's own, handed out as something to keep."""

from __future__ import annotations

import posixpath
import re
import uuid
from typing import Any
from urllib.parse import quote

from ostiary.demo.annex.room import Answer, Call, Refused, done, hole, made, object_of, operation, text

_NAMES = "userdata.upload-filename"
_ACTIVE = "userdata.upload-off-server"
_INLINE = "processing.upload-cdn"
_METADATA = "userdata.strip-exif"
FAULTS = {
    _NAMES: "keeps files under the names that they come with",
    _ACTIVE: "serves pages and drawings that were handed in as pages and drawings",
    _INLINE: "serves texts and pictures that were handed in to be shown at once",
    _METADATA: "keeps portraits as they come, with the place where they were taken",
}
MOST = 200  # files; the oldest go first
LARGEST = 64 * 1024  # bytes of one
TABLES = "CREATE TABLE files (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, owner TEXT, media TEXT, content BLOB);"
_FILE = object_of({"id": text(200), "url": text(300)})
_TAKEN = object_of({"file": {"type": "string", "format": "binary", "maxLength": LARGEST}})
_DISPOSITION = re.compile(
    rb'name="file"; filename="([^"\r\n]{0,200})"\r\ncontent-type:\s*([\w.+/-]{1,80})\s*$', re.IGNORECASE
)
_SHOWN = frozenset({"text/plain", "image/jpeg", "image/png"})
_RUNS = frozenset({"text/html", "image/svg+xml"})
_JPEG, _EXIF = b"\xff\xd8", 0xE1


def paths(_: frozenset[str]) -> dict[str, Any]:
    """Files, and portraits."""
    return {
        f"/{kind}": {
            "post": operation(f"{verb}In", f"Hand {one} in", gives=_FILE, status=201, takes=_TAKEN, taken="multipart/form-data"),
        }
        for kind, verb, one in (("files", "handFile", "a file"), ("portraits", "handPortrait", "a portrait"))
    } | {
        f"/{kind}/{{file_id}}": {
            "get": operation(
                f"{verb}Out", f"Take {one} out", gives={"type": "string", "maxLength": LARGEST}, media="*/*",
                parameters=[hole("file_id", text(200, least=1))],
            ),
            "delete": operation(f"{verb}Away", f"Throw {one} away", parameters=[hole("file_id", text(200, least=1))]),
        }
        for kind, verb, one in (("files", "handFile", "a file"), ("portraits", "handPortrait", "a portrait"))
    }  # fmt: skip


async def serve(call: Call) -> Answer:
    """Serve files."""
    if call.operation.endswith("In"):
        return _taken(call, portrait="Portrait" in call.operation)
    row = call.db.execute(
        "SELECT media, content FROM files WHERE id = ? AND owner = ?", (call.values["file_id"], call.person.id)
    ).fetchone()
    if row is None:
        raise Refused(404, "no such file")
    if call.operation.endswith("Away"):
        call.db.execute("DELETE FROM files WHERE id = ? AND owner = ?", (call.values["file_id"], call.person.id))
        return done()
    return _given(call, row["media"], row["content"])


def _taken(call: Call, *, portrait: bool) -> Answer:
    name, media, content = _read(call)
    if portrait and (media != "image/jpeg" or not content.startswith(_JPEG)):
        raise Refused(415, "portraits are JPEG", accept="image/jpeg")
    if portrait and _METADATA not in call.faults:
        content = _without_metadata(content)
    file_id = str(uuid.uuid4())
    if _NAMES in call.faults and not portrait:
        file_id = posixpath.normpath(name).replace("/", "_") or file_id
        call.db.execute("DELETE FROM files WHERE id = ?", (file_id,))
    call.db.execute(
        "INSERT INTO files (id, owner, media, content) VALUES (?, ?, ?, ?)", (file_id, call.person.id, media, content)
    )
    call.db.execute("DELETE FROM files WHERE number <= (SELECT max(number) FROM files) - ?", (MOST,))
    place = f"/{'portraits' if portrait else 'files'}/{quote(file_id, safe='')}"
    return made({"id": file_id, "url": place}, place)


def _read(call: Call) -> tuple[str, str, bytes]:
    """Name, type and content of the one part."""
    boundary = call.request.headers.get("content-type", "").partition("boundary=")[2].strip('"').encode()
    pieces = call.body.split(b"--" + boundary) if boundary and isinstance(call.body, bytes) else []
    for piece in pieces:
        head, found, content = piece.partition(b"\r\n\r\n")
        told = _DISPOSITION.search(head) if found else None
        if told is not None and len(content) <= LARGEST:
            return told[1].decode("utf-8", "replace"), told[2].decode().lower(), content.removesuffix(b"\r\n")
    raise Refused(422, "there is no file in it")


def _given(call: Call, media: str, content: bytes) -> Answer:
    if (_INLINE in call.faults and media in _SHOWN) or (_ACTIVE in call.faults and media in _RUNS):
        return Answer(200, content, media)
    kept = [("content-disposition", "attachment")]
    return Answer(200, content, media if media in _SHOWN else "application/octet-stream", kept)


def _without_metadata(content: bytes) -> bytes:
    """A JPEG without its APP1 segments (T.81 annex B)."""
    kept, at = [_JPEG], 2
    while content[at : at + 1] == b"\xff" and content[at + 1 : at + 2] not in {b"\xda", b""}:
        size = 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        kept += [content[at : at + size]] if content[at + 1] != _EXIF else []
        at += size
    return b"".join([*kept, content[at:]])
