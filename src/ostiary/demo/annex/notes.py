"""Notes: everybody's own, to be read, changed, searched and talked about by their owner alone."""

from __future__ import annotations

import sqlite3
import time
import uuid
from typing import Any

from ostiary.demo.annex.room import (
    Answer,
    Call,
    Refused,
    array,
    done,
    found,
    hole,
    made,
    object_of,
    operation,
    query,
    text,
    uuid_text,
)

FAULTS = {
    "userdata.ownership-check": "shows any note to whoever knows its id",
    "userdata.ownership-check/write": "lets everybody change any note",
    "userdata.ownership-check/delete": "lets everybody delete any note",
    "userdata.ownership-check/list": "lists everybody's notes",
    "userdata.ownership-check/nested": "asks whose note it is, except for its comments",
    "processing.all-endpoints-authenticated": "forgets to ask who reads a note",
    "processing.all-endpoints-authenticated/half": "asks who reads a note, and not who replaces it",
    "processing.uuid-ids": "counts its notes, and calls them by their number",
    "beyond.bola-differential-test": "shows the shelf of whoever is named to whoever names them",
    "input.injection-sql": "builds its search from text",
    "input.injection-sql/told": "builds its search from text, and tells what the database says",
}
MOST = 1000  # notes; the oldest go first
MOST_COMMENTS = 1000
LISTED = 100
TABLES = """
CREATE TABLE notes (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, owner TEXT, title TEXT, text TEXT,
    made TEXT);
CREATE TABLE comments (id TEXT PRIMARY KEY, note TEXT, author TEXT, text TEXT);
INSERT INTO notes (id, owner, title, text, made) VALUES
    ('6a0e5c1d-9b72-4f38-8d24-c3e17fa59b06', '3d1f6c2e-8a47-4b0e-9c55-0f7a2e6b9d14', 'Party', 'A surprise for bob',
     '2026-11-01T08:00:00Z'),
    ('f2c7b839-14d6-4ea0-b95a-70d8e36c21fb', 'b85e2f90-6c1d-4f7a-8e23-7d904ac1f5e6', 'Ladder', 'Lend it to nobody',
     '2026-11-02T08:00:00Z');
"""
_OWN = {"title": text(80, least=1), "text": text(2000)}
_NEW = object_of(_OWN)
_EXAMPLE = {"title": "Shopping", "text": "Tea, and a kettle"}
_COMMENT = object_of({"id": uuid_text(), "text": text(500)})


def paths(faults: frozenset[str]) -> dict[str, Any]:
    """Notes and what is said below them."""
    counted = "processing.uuid-ids" in faults
    name = {"type": "integer", "minimum": 1, "maximum": 10_000_000} if counted else uuid_text()
    note = object_of({"id": name, **_OWN, "made": text(30)})
    one, comment = hole("note_id", name), hole("comment_id")
    unasked = "processing.all-endpoints-authenticated"
    read = operation("readNote", "A note", gives=note, parameters=[one], anyone=unasked in faults)
    replace = operation(
        "replaceNote", "Another note in its place", gives=note, takes=_NEW, example=_EXAMPLE, parameters=[one],
        anyone=f"{unasked}/half" in faults,
    )  # fmt: skip
    paged = query("limit", {"type": "integer", "minimum": 1, "maximum": LISTED, "default": 50}, 20)
    return {
        "/notes": {
            "get": operation("listNotes", "One's own notes, newest first", gives=array(note, LISTED), parameters=[paged]),
            "post": operation("createNote", "Write a note", gives=note, status=201, takes=_NEW, example=_EXAMPLE),
        },
        "/shelf": {
            "get": operation(
                "readShelf", "The notes of somebody who shares them with the caller, who is one of those",
                gives=array(note, LISTED), parameters=[query("owner", text(36, least=1), "dora")],
            ),
        },
        "/notes/search": {
            "get": operation(
                "searchNotes", "One's own notes that hold these words", gives=array(note, LISTED),
                parameters=[query("q", text(60, least=1), "tea", required=True)],
            ),
        },
        "/notes/{note_id}": {
            "get": read,
            "put": replace,
            "patch": operation(
                "changeNote", "Change a note in part", gives=note, parameters=[one],
                takes=object_of(_OWN, optional=tuple(_OWN)), example={"title": "For Sunday"},
            ),
            "delete": operation("deleteNote", "Throw a note away", parameters=[one]),
        },
        "/notes/{note_id}/comments": {
            "get": operation("listComments", "What was said of a note", gives=array(_COMMENT, LISTED), parameters=[one]),
            "post": operation(
                "comment", "Say something of a note", gives=_COMMENT, status=201, parameters=[one],
                takes=object_of({"text": text(500, least=1)}), example={"text": "Green tea, that is"},
            ),
        },
        "/notes/{note_id}/comments/{comment_id}": {
            "delete": operation("deleteComment", "Take back what was said", parameters=[one, comment]),
        },
    }  # fmt: skip


async def serve(call: Call) -> Answer:
    """Serve notes."""
    match call.operation:
        case "listNotes":
            return _list(call)
        case "readShelf":
            return _shelf(call)
        case "searchNotes":
            return _search(call)
        case "createNote":
            return _create(call)
        case "listComments" | "comment" | "deleteComment":
            return _comments(call)
    fault = {"readNote": "", "deleteNote": "/delete"}.get(call.operation, "/write")
    row = _note(call, fault)
    if call.operation == "deleteNote":
        call.db.execute("DELETE FROM comments WHERE note = ?", (row["id"],))
        call.db.execute("DELETE FROM notes WHERE id = ?", (row["id"],))
        return done()
    if call.operation != "readNote":
        given = {name: call.body.get(name, row[name]) for name in _OWN}
        call.db.execute("UPDATE notes SET title = ?, text = ? WHERE id = ?", (*given.values(), row["id"]))
        row = call.db.execute("SELECT * FROM notes WHERE id = ?", (row["id"],)).fetchone()
    return found(_shown(call, row))


def _note(call: Call, fault: str) -> Any:
    """The note that the path names, if the caller may; a switch of ownership-check takes that away."""
    column = "number" if "processing.uuid-ids" in call.faults else "id"
    row = call.db.execute(f"SELECT * FROM notes WHERE {column} = ?", (call.values["note_id"],)).fetchone()  # noqa: S608 - one of two names
    anyone = call.who is None  # only where a switch let nobody in
    if row is None or not (
        anyone or row["owner"] == call.person.id or f"userdata.ownership-check{fault}" in call.faults
    ):
        raise Refused(404, "no such note")
    return row


def _list(call: Call) -> Answer:
    owner = "%" if "userdata.ownership-check/list" in call.faults else call.person.id
    found_rows = call.db.execute(
        "SELECT * FROM notes WHERE owner LIKE ? ORDER BY number DESC LIMIT ?", (owner, call.values.get("limit", 50))
    )
    return found([_shown(call, row) for row in found_rows])


def _shelf(call: Call) -> Answer:
    named = call.values.get("owner", call.person.name)
    owner = call.premises.people.named(named) or call.premises.people.of(named)
    own = owner is not None and owner["id"] == call.person.id
    if owner is None or not (own or "beyond.bola-differential-test" in call.faults):
        raise Refused(404, "nobody of this name shares notes with you")
    rows = call.db.execute("SELECT * FROM notes WHERE owner = ? ORDER BY number DESC LIMIT ?", (owner["id"], LISTED))
    return found([_shown(call, row) for row in rows])


def _create(call: Call) -> Answer:
    note, now = str(uuid.uuid4()), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    values = (note, call.person.id, call.body["title"], call.body["text"], now)
    call.db.execute("INSERT INTO notes (id, owner, title, text, made) VALUES (?, ?, ?, ?, ?)", values)
    call.db.execute(f"DELETE FROM notes WHERE number > 2 AND number <= (SELECT max(number) FROM notes) - {MOST}")  # noqa: S608 - a constant
    shown = _shown(call, call.db.execute("SELECT * FROM notes WHERE id = ?", (note,)).fetchone())
    return made(shown, f"/notes/{shown['id']}")


def _search(call: Call) -> Answer:
    words, owner = call.values["q"], call.person.id
    careless = {"input.injection-sql", "input.injection-sql/told"} & call.faults
    if careless:
        asked = f"SELECT * FROM notes WHERE owner = '{owner}' AND title || ' ' || text LIKE '%{words}%'"  # noqa: S608 - the fault
        try:
            rows = call.db.execute(asked).fetchmany(LISTED)
            return found([_shown(call, row) for row in rows])
        except (sqlite3.Error, sqlite3.Warning) as error:
            if "input.injection-sql/told" in call.faults:
                raise Refused(400, f"sqlite3.{type(error).__name__}: {error}") from None
            return found([])
    like = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = call.db.execute(
        "SELECT * FROM notes WHERE owner = ? AND (title LIKE ? ESCAPE '\\' OR text LIKE ? ESCAPE '\\') LIMIT ?",
        (owner, f"%{like}%", f"%{like}%", LISTED),
    ).fetchall()
    return found([_shown(call, row) for row in rows])


def _comments(call: Call) -> Answer:
    note = _note(call, "/nested")["id"]
    if call.operation == "listComments":
        rows = call.db.execute("SELECT * FROM comments WHERE note = ? LIMIT ?", (note, LISTED)).fetchall()
        return found([{"id": row["id"], "text": row["text"]} for row in rows])
    if call.operation == "comment":
        new = str(uuid.uuid4())
        call.db.execute("INSERT INTO comments VALUES (?, ?, ?, ?)", (new, note, call.person.id, call.body["text"]))
        call.db.execute(f"DELETE FROM comments WHERE rowid <= (SELECT max(rowid) FROM comments) - {MOST_COMMENTS}")  # noqa: S608 - a constant
        return made({"id": new, "text": call.body["text"]}, f"{call.request.path}/{new}")
    gone = call.db.execute("DELETE FROM comments WHERE note = ? AND id = ?", (note, call.values["comment_id"]))
    if not gone.rowcount:
        raise Refused(404, "no such comment")
    return done()


def _shown(call: Call, row: Any) -> dict[str, Any]:
    name = row["number"] if "processing.uuid-ids" in call.faults else row["id"]
    return {"id": name, "title": row["title"], "text": row["text"], "made": row["made"]}
