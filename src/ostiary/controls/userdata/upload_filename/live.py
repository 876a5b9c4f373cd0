"""Files are handed in under names that lead elsewhere, and twice under one name; what became of them is compared."""

from __future__ import annotations

import posixpath
from typing import Final, NamedTuple
from urllib.parse import quote

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import (
    Evidence,
    Finding,
    Operation,
    Severity,
    failed,
    passed,
    unknown,
)
from ostiary.parts.seen import uploads
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.uploads import Desk, Kept

_MARK: Final = "ostiaryname4d8"
_INJECTED: Final = "x-ostiary-name"
_HOSTILE: Final = (
    f"../{_MARK}.txt",
    f"..\\{_MARK}.txt",
    f"{_MARK}%0d%0aX-Ostiary-Name: 1.txt",
    f"{_MARK}嘍嘊X-Ostiary-Name: 1.txt",  # becomes a line break where only the last byte is kept
    f"{_MARK}<b>.txt",
)


class _Fault(NamedTuple):
    what: str
    proof: str
    shown: tuple[Evidence, ...]
    severity: Severity | None = None


async def audit_live(http: Http) -> Finding:
    """Hand in texts under names that lead elsewhere, and under one name twice; about twenty requests an operation."""
    if not http.intrusive:
        return unknown("needs --intrusive: files are handed in")
    operations = uploads.taking(http)
    if not operations:
        return uploads.none_taken(http)
    desk, tried, sound = Desk(http), list[str](), list[Evidence]()
    try:
        for operation in operations:
            first = await _plain(desk, operation, f"{_MARK}a")
            if first is None:
                continue
            tried.append(operation.key)
            fault = await _led_away(http, desk, first) or await _overwritten(http, desk, first)
            if fault is not None:
                return _failed(operation, fault)
            sound += [http.show(first.answer, "a file was taken")] if first.reads or first.elsewhere else []
    finally:
        await desk.clear()
    if sound:
        return passed("names that lead elsewhere influenced no path, no header and no page", *sound[:2])
    if tried:
        return unknown(f"{tried[0]} takes files, and they were not found again: under which names are they kept?")
    return unknown("no operation took a file")


async def _plain(desk: Desk, operation: Operation, name: str) -> Kept | None:
    mark = f"content{name[::-1]}"
    for file in (uploads.text(mark, f"{name}.txt"), uploads.picture(mark, f"{name}.jpg")):
        try:
            kept = await desk.hand_in(operation, file)
        except Unanswerable:
            continue
        if isinstance(kept, Kept):
            return kept
    return None


async def _overwritten(http: Http, desk: Desk, first: Kept) -> _Fault | None:
    """Whether one name twice is one place with the second content, and another name is another place."""
    if first.read is None:
        return None
    file = first.file
    again = uploads.File(
        file.name,
        file.media,
        file.content.replace(file.mark.encode(), _swapped(file.mark)),
        _swapped(file.mark).decode(),
    )
    who = http.other or None
    second = await desk.hand_in(first.operation, again, identity=who)
    third = await _plain(desk, first.operation, f"{_MARK}c")
    if isinstance(second, Answer) or third is None or third.read is None or third.target == first.target:
        return None
    read = await desk.fetch(first)
    if not (read.accepted and again.mark.encode() in read.body and file.mark.encode() not in read.body):
        return None
    whose = "another user's" if who is not None else "a second"
    return _Fault(
        f"the name of a file is where it is kept: {whose} file of the same name took the place of the first",
        f"{first.target} held the first file, then the second; a file of another name went to {third.target}",
        (http.show(first.read, "the first file"), http.show(read, "the same place, after the second")),
        None if who is not None else Severity.MEDIUM,
    )


def _swapped(mark: str) -> bytes:
    return mark[::-1].encode()


async def _led_away(http: Http, desk: Desk, first: Kept) -> _Fault | None:
    for number, name in enumerate(_HOSTILE):
        file = uploads.File(name, "text/plain", f"ostiary {_MARK}{number}x".encode(), f"{_MARK}{number}x")
        if first.file.media != "text/plain":
            file = uploads.File(name.replace(".txt", ".jpg"), first.file.media, first.file.content, first.file.mark)
        try:
            kept = await desk.hand_in(first.operation, file)
        except Unanswerable:
            continue
        answers = [kept] if isinstance(kept, Answer) else [kept.answer, *kept.reads]
        for answer in answers:
            if answer.head(_INJECTED) is not None:
                return _Fault(
                    "the name of a file can add header fields",
                    "a field that stood in the name came back as one",
                    (http.show(answer, "the field"),),
                )
            if "<b>" in name and answer.media_type == "text/html" and f"{_MARK}<b>" in answer.text:
                return _Fault(
                    "the name of a file is written into a page as it is",
                    "the name came back with its tag",
                    (http.show(answer, "the page"),),
                )
        if isinstance(kept, Kept) and number < 2:  # noqa: PLR2004 - the two that lead up
            found = await _above(http, desk, first, kept)
            if found is not None:
                return found
    return None


async def _above(http: Http, desk: Desk, first: Kept, kept: Kept) -> _Fault | None:
    """Whether a file went to the folder above that of the first one, or is kept under a name with its steps."""
    said = [
        each
        for each in uploads.strings(parse(kept.answer.body))
        if each.replace("\\", "/").rpartition("/")[2] in kept.file.name
    ]
    steps = next((each for each in said if "/../" in each.replace("\\", "/")), "")
    if steps:
        return _Fault(
            "the name of a file becomes part of its path",
            "the reply names a path that leads up by the steps in the name",
            (http.show(kept.answer, "the path in the reply"),),
        )
    if first.read is None:
        return None
    folder, plain = posixpath.dirname(first.target), kept.file.name[3:]
    for target in (posixpath.join(posixpath.dirname(folder), plain), f"{folder}/{quote(kept.file.name, safe='')}"):
        read = await desk.look(target, kept.file)
        if read is not None and kept.file.mark != first.file.mark and await desk.look(f"{target}x", kept.file) is None:
            return _Fault(
                "the name of a file leads out of its folder",
                f"a file named {kept.file.name!r} was found at {target}, one with a plain name at {first.target}",
                (http.show(kept.answer, "the file was taken"), http.show(read, "and found elsewhere")),
            )
    return None


def _failed(operation: Operation, fault: _Fault) -> Finding:
    return failed(
        f"{fault.what} ({operation.key})",
        *fault.shown,
        severity=fault.severity,
        proof=fault.proof,
        places=(operation.key,),
        facts={"operation": operation.key},
    )
