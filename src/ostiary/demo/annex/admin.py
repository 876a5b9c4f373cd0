"""The back office: people with their roles, for those whose role says so."""

from __future__ import annotations

from typing import Any

from ostiary.demo.annex.room import (
    Answer,
    Call,
    Refused,
    array,
    found,
    hole,
    object_of,
    operation,
    text,
    uuid_text,
)

_OPEN = "processing.all-endpoints-authenticated/office"
FAULTS = {
    "beyond.function-level-authorization": "shows the back office to every member",
    "beyond.function-level-authorization/write": "lets every member hand out roles",
    _OPEN: "asks members who come to the back office for their role, and lets those in who say nothing",
}
TABLES = ""
LISTED = 200
ROLES = ("member", "editor", "admin")
_ENTRY = object_of({"id": uuid_text(), "username": text(32), "email": text(100), "role": text(20)})


def paths(faults: frozenset[str]) -> dict[str, Any]:
    """The back office."""
    person = hole("person_id")
    give = operation(
        "giveRole", "Give somebody a role", gives=_ENTRY, parameters=[person],
        takes=object_of({"role": text(20, enum=list(ROLES))}), example={"role": "editor"},
    )  # fmt: skip
    everybody = operation("listAllPeople", "Everybody, with roles", gives=array(_ENTRY, LISTED), anyone=_OPEN in faults)
    return {
        "/admin/people": {"get": everybody},
        "/admin/people/{person_id}/role": {"put": give},
    }


async def serve(call: Call) -> Answer:
    """Serve the back office."""
    switch = "beyond.function-level-authorization" + ("/write" if call.operation == "giveRole" else "")
    if call.who is None and _OPEN in call.faults:
        return _list(call)
    if call.person.role != "admin" and switch not in call.faults:
        raise Refused(403, "this is for admins")
    if call.operation == "giveRole":
        call.db.execute("UPDATE people SET role = ? WHERE id = ?", (call.body["role"], call.values["person_id"]))
        row = call.premises.people.of(call.values["person_id"])
        if row is None:
            raise Refused(404, "nobody has this id")
        return found(_entry(row))
    return _list(call)


def _list(call: Call) -> Answer:
    rows = call.db.execute("SELECT * FROM people ORDER BY rowid LIMIT ?", (LISTED,)).fetchall()
    return found([_entry(row) for row in rows])


def _entry(row: Any) -> dict[str, Any]:
    return {"id": row["id"], "username": row["name"], "email": row["email"], "role": row["role"]}
