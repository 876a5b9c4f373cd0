"""Cards to send: made of a text and a picture, sorted, shown as a page, and fetched, looked up or imported from elsewhere."""

from __future__ import annotations

import asyncio
import html
import posixpath
import re
import sqlite3
import urllib.error
import urllib.request
import uuid
from typing import Any
from urllib.parse import urlsplit

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

_SORTED = "input.injection-sql/order"
_STORED = "input.injection-sql/stored"
_TEMPLATE = "input.injection-rce/template"
_COMMAND = "input.injection-rce/command"
_FILE = "input.injection-rce/file"
_PAGE = "input.injection-xss/page"
_FETCH = "beyond.ssrf-egress-control/blind"
_PATTERN = "beyond.redos/hidden"
_AWAY = "account.no-open-redirect/slashes"
_ENTITY = "processing.xml-no-external-entities/fetched"
FAULTS = {
    _SORTED: "sorts cards by whatever the request says",
    _STORED: "writes a card with a statement built from its text",
    _TEMPLATE: "works out what stands in braces in a card's text when it is listed",
    _COMMAND: "looks an address up with a command built from it",
    _FILE: "reads a picture by a name that may lead out of its folder",
    _PAGE: "shows a card's text on a page as it is",
    _FETCH: "fetches a card's picture from any address",
    _PATTERN: "checks who gets a card with a pattern that backtracks",
    _AWAY: "takes two slashes for the beginning of a path of its own",
    _ENTITY: "fetches what an imported card names outside of itself",
}
MOST = 500  # cards; the oldest go first
LISTED = 100
TABLES = """
CREATE TABLE cards (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, owner TEXT, title TEXT, text TEXT, picture TEXT);
"""
_NEW = object_of({"title": text(60, least=1), "text": text(500), "picture_url": text(300)}, optional=("picture_url",))
_EXAMPLE = {"title": "Greetings", "text": "From the coast", "picture_url": "https://pictures.annex.example/coast.png"}
_CARD = object_of({"id": uuid_text(), "title": text(60), "text": text(600)})
_PICTURES = {"pictures/coast.txt": "~~~ the coast ~~~", "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"}
_ALLOWED = "https://pictures.annex.example/"
_ADDRESS = re.compile(r"[a-z0-9.]{1,40}@[a-z0-9.]{1,40}")
_BACKTRACKS = re.compile(r"^([a-z0-9]([-.\w]*[a-z0-9])*@([a-z0-9][-\w]*\.)+[a-z]{2,9})$")
_SUM = re.compile(r"[$#]?\{\{?(\d{1,6})\*(\d{1,6})\}\}?")
_SHELL_SUM = re.compile(r"\$\(\((\d{1,6})\*(\d{1,6})\)\)")
_SYSTEM = re.compile(rb'SYSTEM\s+"(http://[^"]{1,300})"')


def paths(_: frozenset[str]) -> dict[str, Any]:
    """Cards, and what is done with them."""
    sort = query("sort", text(80, least=1), "title")
    sent = object_of({"sent": text(80)})
    return {
        "/cards": {
            "get": operation("listCards", "One's own cards", gives=array(_CARD, LISTED), parameters=[sort]),
            "post": operation("createCard", "Make a card", gives=_CARD, status=201, takes=_NEW, example=_EXAMPLE),
        },
        "/cards/{card_id}": {"delete": operation("deleteCard", "Tear a card up", parameters=[hole("card_id")])},
        "/cards/page": {
            "get": operation(
                "showPage", "A text as a card would show it", gives=text(4000), media="text/html",
                parameters=[query("words", text(200, least=1), "hello", required=True)],
            ),
        },
        "/cards/pictures": {
            "get": operation(
                "readPicture", "A picture by its name", gives=object_of({"picture": text(200)}),
                parameters=[query("file", text(200, least=1), "coast.txt", required=True)],
            ),
        },
        "/cards/lookup": {
            "get": operation(
                "lookUp", "Where an address is", gives=object_of({"told": text(500)}),
                parameters=[query("host", text(200, least=1), "annex.example", required=True)],
            ),
        },
        "/cards/send": {
            "post": operation(
                "sendCard", "Send a card to somebody", gives=sent, takes=object_of({"email": text(40, least=3)}),
                example={"email": "carol@annex.example"},
            ),
        },
        "/cards/back": {
            "get": operation(
                "goBack", "Back to where one came from", status=303, public=True,
                parameters=[query("next", text(300, pattern="^/"), "/cards", required=True)],
            ),
        },
        "/cards/import": {
            "post": operation(
                "importCard", "A card as XML", gives=sent, takes={"type": "object", "properties": {"title": text(60)}},
                taken="application/xml", example={"title": "Greetings"},
            ),
        },
    }  # fmt: skip


async def serve(call: Call) -> Answer:
    """Serve cards."""
    match call.operation:
        case "listCards":
            return _list(call)
        case "createCard":
            return await _create(call)
        case "deleteCard":
            gone = call.db.execute(
                "DELETE FROM cards WHERE owner = ? AND id = ?", (call.person.id, call.values["card_id"])
            )
            if not gone.rowcount:
                raise Refused(404, "no such card")
            return done()
        case "showPage":
            words = call.values["words"] if _PAGE in call.faults else html.escape(call.values["words"])
            return Answer(200, f"<!doctype html><title>Card</title><p>{words}</p>".encode(), "text/html; charset=utf-8")
        case "readPicture":
            return _picture(call)
        case "lookUp":
            return _looked_up(call)
        case "sendCard":
            return await _send(call)
        case "goBack":
            return _back(call)
    return await _import(call)


def _list(call: Call) -> Answer:
    sort = call.values.get("sort", "title")
    if _SORTED not in call.faults and sort not in {"title", "text"}:
        raise Refused(400, "sorted by title or by text")
    try:
        rows = call.db.execute(f"SELECT * FROM cards WHERE owner = ? ORDER BY {sort} LIMIT 100", (call.person.id,))  # noqa: S608 - the fault
        return found([_shown(call, row) for row in rows])
    except (sqlite3.Error, sqlite3.Warning):
        raise Refused(400, "this cannot be sorted") from None


def _shown(call: Call, row: Any) -> dict[str, Any]:
    words = _worked_out(row["text"]) if _TEMPLATE in call.faults else row["text"]
    return {"id": row["id"], "title": row["title"], "text": words}


def _worked_out(words: str) -> str:
    return _SUM.sub(lambda each: str(int(each[1]) * int(each[2])), words)[:600]


async def _create(call: Call) -> Answer:
    title, words, picture = call.body["title"], call.body["text"], call.body.get("picture_url", "")
    if picture and _FETCH in call.faults:
        await asyncio.to_thread(_fetched, picture)
    elif picture and not picture.startswith(_ALLOWED):
        raise Refused(422, "pictures come from our own host")
    new, owner = str(uuid.uuid4()), call.person.id
    try:
        if _STORED in call.faults:
            values = f"'{new}', '{owner}', '{title}', ?"  # the fault
            call.db.execute(f"INSERT INTO cards (id, owner, title, text) VALUES ({values})", (words,))  # noqa: S608 - the fault
        else:
            row = (new, owner, title, words)
            call.db.execute("INSERT INTO cards (id, owner, title, text) VALUES (?, ?, ?, ?)", row)
    except (sqlite3.Error, sqlite3.Warning):
        raise Refused(400, "this card cannot be written") from None
    call.db.execute(f"DELETE FROM cards WHERE number <= (SELECT max(number) FROM cards) - {MOST}")  # noqa: S608 - a constant
    shown = call.db.execute("SELECT * FROM cards WHERE id = ?", (new,)).fetchone()
    return made(_shown(call, shown), f"/cards/{new}")


def _fetched(url: str) -> None:
    """Only on the machine itself or near it: what a stranger's address would answer is no matter."""
    if urlsplit(url).scheme not in {"http", "https"}:
        return
    try:
        with urllib.request.urlopen(url, timeout=1) as reply:  # noqa: S310 - looked at above
            reply.read(1000)
    except (OSError, ValueError, urllib.error.URLError):
        return


def _picture(call: Call) -> Answer:
    name = call.values["file"]
    if _FILE not in call.faults and re.fullmatch(r"[\w-]+(?:\.\w+)?", name) is None:
        raise Refused(400, "that is no name of a picture")
    where = posixpath.normpath(f"/srv/cards/pictures/{name}")
    shown = _PICTURES.get(where.removeprefix("/srv/cards/").lstrip("/"))
    if shown is None:
        raise Refused(404, "no such picture")
    return found({"picture": shown})


def _looked_up(call: Call) -> Answer:
    """What ``lookup HOST`` would print; with the fault, as a shell would that is given the text."""
    host = call.values["host"]
    if _COMMAND not in call.faults:
        if re.fullmatch(r"[\w.-]+", host) is None:
            raise Refused(400, "that is no name of a host")
        return found({"told": f"{host} is on the coast"})
    printed = []
    for command in re.split(r"[;&|\n]+", f"lookup {host}"):
        program, _, rest = command.strip().partition(" ")
        printed += [f"{rest} is on the coast"] if program == "lookup" else []
        printed += [_SHELL_SUM.sub(lambda each: str(int(each[1]) * int(each[2])), rest)] if program == "echo" else []
    return found({"told": "\n".join(printed)[:500]})


async def _send(call: Call) -> Answer:
    address = call.body["email"]
    if _PATTERN in call.faults:
        fits = (await asyncio.to_thread(_BACKTRACKS.match, address[:30])) is not None
    else:
        fits = _ADDRESS.fullmatch(address) is not None
    if not fits:
        raise Refused(422, "that is no address")
    return found({"sent": "to the post"})


def _back(call: Call) -> Answer:
    target = call.values["next"]
    local = (
        target.startswith("/") if _AWAY in call.faults else re.fullmatch(r"/(?![/\\])[\w/?=&.-]*", target) is not None
    )
    if not local or re.search(r"[\x00-\x1f\x7f]", target) or not target.isascii():
        raise Refused(400, "that is no path of ours")
    return Answer(303, headers=[("location", target)])


async def _import(call: Call) -> Answer:
    data = bytes(call.body or b"")
    if _ENTITY not in call.faults and b"<!DOCTYPE" in data.upper():
        raise Refused(400, "a card has no document type")
    for url in _SYSTEM.findall(data)[:4]:
        await asyncio.to_thread(_fetched, url.decode("ascii", "replace"))
    if re.search(rb"<title>[^<]*</title>", data) is None:
        raise Refused(400, "a card has a title")
    return found({"sent": "imported"})
