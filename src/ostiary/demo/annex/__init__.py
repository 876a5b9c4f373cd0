"""A second careless API, made of rooms: sound with no switch on, and each switch breaks one control in one place.

Everything here is pure Python and the sqlite3 of the standard library; no guard, no parts of it. `make` gives the ASGI
app, `document` its OpenAPI document, `FAULTS` its switches: the id of the control that breaks, ``control-id/variant``
for a second way to break it. To add a room:

1. Write one module here, named for its topic (``uploads.py``), which has

   - ``FAULTS: dict[str, str]``, its switches, each with a sentence that says what the fault does;
   - ``TABLES: str``, SQL that makes its tables and first rows (may be empty);
   - ``paths(faults) -> dict``, its OpenAPI path items, written with the functions of `room`; ``public=True`` for what
     asks nobody who they are, ``loose=True`` for bodies that may hold more than their schema says;
   - ``async def serve(call) -> Answer``, which does what ``call.operation`` (the operationId) says. Path and query
     values are in ``call.values``, the parsed and checked body in ``call.body``, whoever asks in ``call.who``, and the
     switches that are on in ``call.faults``. Say no by raising `Refused`; answer with `room.found`, `made`, `done`.

2. Name it in the literal `rooms.ROOMS`.
3. Run ``pytest tests/loop/test_annex.py -k <switch>``: with the switch the audit must find that control and no other,
   and without any switch nothing. What your room keeps must be bounded, and what it refuses must be refused in time.
"""

from __future__ import annotations

from ostiary.demo.annex.house import make
from ostiary.demo.annex.rooms import FAULTS, document

__all__ = ["FAULTS", "document", "make"]
