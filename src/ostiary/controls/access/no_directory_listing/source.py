"""Configuration and code: no server lists the files of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Code
from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import directory_listing, started_servers
from ostiary.parts.deployment.opinion import Opinion, finding, unread

_SWITCHES: Final = ("show_index", "show_indexes", "listing", "list", "showDir", "autoIndex", "directoryListing")
_STATIC: Final = frozenset(["add_static", "static", "serve", "register", "directory", "re_path", "url", "path"])
_HANDLER: Final = "http.server.SimpleHTTPRequestHandler"


async def audit_source(tree: Tree) -> Finding:
    """What servers are told, what containers start, and what code mounts."""
    opinion = directory_listing.listing(tree.deployment).add(started_servers.listing(tree.deployment))
    for place, what, sure in _mounted(tree.code):
        opinion.fault(place, what, sure=sure)
    _static(opinion, tree.code)
    unread(opinion, tree.deployment, "servers")
    return finding(
        opinion, tree.show, nothing="no server is configured here and no code serves a folder", holds="looked at"
    )


def _mounted(code: Code) -> Iterator[tuple[str, str, bool]]:
    """Mounts that list: place, what, and whether that is certain of every folder."""
    for each in code.calls("serve-index"):
        yield each.place, "serve-index lists every folder below it", True
    for each in code.calls(".HTTPServer", ".ThreadingHTTPServer", ".TCPServer", "http.server.test"):
        if any(value.name == _HANDLER for value in (*each.args, *each.keywords.values())):
            yield each.place, "SimpleHTTPRequestHandler lists every folder", True
    for each in code.calls(*(f".{name}" for name in _STATIC)):
        name = next((one for one in _SWITCHES if _is_on(each, one)), "")
        if name:
            yield each.place, f"folders are listed ({name})", True
    for each in code.calls("gin.Dir", "github.com/gin-gonic/gin.Dir"):
        if len(each.args) > 1 and each.args[1].literal is True:
            yield each.place, "gin.Dir lists every folder", True
    for each in code.calls("net/http.FileServer", "http.FileServer"):
        yield each.place, "http.FileServer of Go lists folders without an index.html", False


def _is_on(call: Call, name: str) -> bool:
    value = call.keywords.get(name)
    if value is not None and value.literal is True:
        return True
    return any(name in one.pairs and one.pairs[name].literal is True for one in call.args)


def _static(opinion: Opinion, code: Code) -> None:
    """Mounts of frameworks that list nothing unless told to."""
    for each in code.calls(".StaticFiles", "express.static", ".add_static", "flask.send_from_directory"):
        opinion.good(each.place, f"{each.method} serves files and lists none")
