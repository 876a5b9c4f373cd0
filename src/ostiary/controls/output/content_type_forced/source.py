"""Replies whose media type the request chooses: what was to be data then runs as a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged

_NAMES: Final = ("media_type", "mimetype", "content_type", "mimeType")
_MADE: Final = re.compile(
    r"(?:Response|make_response|HttpResponse|send_file|send_data|render|FileResponse|StreamingResponse)$"
)
_SETS: Final = (".setHeader", ".set", ".header", ".Set", ".add_header", ".addHeader", ".writeHead", ".append", "header")
_TYPED: Final = re.compile(
    r"^(?:res|response|reply|ctx|ctx\.response)(?:\.status\(\))?\.(?:type|contentType)$|\.setContentType$"
)
CHOSEN: Final = "the media type of a reply is what the request says"


async def audit_source(tree: Tree) -> Finding:
    """Find types that replies are given, and whether they come from the request."""
    faults, sound = [], list[Spot]()
    for call, value in _types(tree):
        if value.tainted and not value.numeric:
            faults.append(Fault(call, CHOSEN, Confidence.CERTAIN))
        elif value.known:
            sound.append(call)
    return judged(
        tree,
        faults,
        sound=(),
        undecided=f"{len(sound)} repl{'ies' if len(sound) > 1 else 'y'} with a fixed type seen; the types of the others are their framework's"
        if sound
        else "",
        nothing="reply that is given a media type",
        proof="A caller's link makes a browser read the same bytes as a page.",
    )


def _types(tree: Tree) -> Iterator[tuple[Call, Value]]:
    for call in tree.code.calls():
        if _MADE.search(call.name):
            value = next((call.keywords[name] for name in _NAMES if name in call.keywords), None)
            if value is not None:
                yield call, value
        elif _TYPED.search(call.name) and call.args:
            yield call, call.args[0]
    for call in tree.code.calls(*_SETS):
        if (
            len(call.args) > 1
            and str(call.args[0].literal).lower() == "content-type"
            and "request" not in call.name.lower()
        ):
            yield call, call.args[1]
