"""Files are handed in as browsers do, byte by byte, and looked for where the reply, the document or habit says they lie."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, not_applicable, unknown
from ostiary.parts.role_words import words
from ostiary.parts.seen import pictures
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.leftovers import Leftovers

MOST: Final = 3  # operations that take files
MOST_PLACES: Final = 8  # where one file is looked for
_BOUNDARY: Final = "ostiary-4f1d77"
_PART: Final = re.compile(rb'Content-Disposition: form-data; name="([^"]*)"(; filename="[^"]*")?')
_FILE_WORDS: Final = frozenset(
    [
        "file",
        "files",
        "upload",
        "attachment",
        "document",
        "image",
        "picture",
        "photo",
        "avatar",
        "media",
        "logo",
        "icon",
        "content",
        "data",
    ]
)
_PICTURES: Final = frozenset(
    [
        "avatar",
        "avatars",
        "photo",
        "photos",
        "picture",
        "pictures",
        "image",
        "images",
        "portrait",
        "logo",
        "icon",
        "gallery",
        "thumbnail",
        "profile",
        "cover",
    ]
)
_ROOTS: Final = ("/uploads/", "/files/", "/media/", "/static/uploads/")
_PLACED: Final = re.compile(r"(?:https?://|/)[^\s\"'<>]{1,400}|[\w.%~-]+(?:/[\w.%~ -]+)+")
_MOST_VALUES: Final = 200


@dataclass(frozen=True, slots=True)
class File:
    """What is handed in; ``mark`` stands in the content and nowhere else."""

    name: str
    media: str
    content: bytes
    mark: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was taken: the reply, where it was found again, and on which other hosts it is said to be."""

    operation: Operation
    file: File
    answer: Answer
    reads: tuple[Answer, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def read(self) -> Answer | None:
        """The first reply that has it."""
        return next(iter(self.reads), None)

    @property
    def target(self) -> str:
        """Where it was found, or an empty string."""
        return self.reads[0].asked.target if self.reads else ""


def text(mark: str, name: str = "") -> File:
    """A text; its name must not hold the mark, since some pages repeat what they were asked for."""
    return File(name or "ostiary.txt", "text/plain", f"ostiary {mark}\n".encode(), mark)


def picture(mark: str, name: str = "") -> File:
    """A picture, with `mark` in its metadata."""
    return File(name or "ostiary.jpg", "image/jpeg", pictures.jpeg(mark), mark)


def taking(http: Http) -> list[Operation]:
    """The operations that take files."""
    return [each for each in http.operations if each.declared and http.purpose(each) == "upload"][:MOST]


def takes_pictures(operation: Operation) -> bool:
    """Whether an operation is for pictures by its path, its name or its media type."""
    named = frozenset(words(operation.path) + words(operation.id))
    return bool(named & _PICTURES) or any(each.startswith("image/") for each in operation.consumes)


def none_taken(http: Http) -> Finding:
    """What to say when no operation takes files."""
    if http.api is None:
        return unknown("no document says whether files are taken")
    return not_applicable("no operation takes files")


class Desk:
    """Hands files in for one check, and takes them away again.

    :param everywhere: look on when a file was found: of a picture there may be smaller ones, and the original.
    """

    def __init__(self, http: Http, *, everywhere: bool = False) -> None:
        self._http = http
        self._everywhere = everywhere
        self._leftovers = Leftovers(http)
        self._own: dict[str, Operation] = {}  # places that can be deleted

    async def hand_in(self, operation: Operation, file: File, *, identity: str | None = None) -> Kept | Answer:
        """What became of a file: kept, or the refusal.

        :raises Unanswerable: when no request can be made of it, or none is answered.
        """
        made = self._body(operation, file)
        if made is None:
            raise Unanswerable(f"no request could be made that carries a file to {operation.key}")
        media, body = made
        answer = await self._http.send_to(
            operation, headers=[("Content-Type", media)], body=body, identity=identity, fresh=True
        )
        if not granted(answer):
            return answer
        self._leftovers.note(operation, answer)
        reads, elsewhere = await self._found(operation, file, answer, identity)
        return Kept(operation, file, answer, reads, elsewhere)

    async def fetch(self, kept: Kept) -> Answer:
        """The same place again."""
        if kept.read is None:
            raise Unanswerable("it was not found again")
        return await self._http.send("GET", kept.target, identity=kept.read.asked.identity, fresh=True)

    async def clear(self) -> None:
        """Remove what was handed in, where the API removes such."""
        for target, operation in self._own.items():
            try:
                await self._http.send_to(operation, target=target)
            except Unanswerable:
                continue
        self._own.clear()
        await self._leftovers.remove()

    def _body(self, operation: Operation, file: File) -> tuple[str, bytes] | None:
        forms = [each for each in operation.consumes if each.startswith("multipart/")]
        if not forms:
            media = next((each for each in operation.consumes if _fits(each, file.media)), "")
            return (file.media, file.content) if media else None
        made = self._http.body_of(operation)
        fields = _fields(made[1]) if made is not None and made[0].startswith("multipart/") else []
        if not any(is_file for _, is_file, _ in fields):
            named = next((name for name, _, _ in fields if set(words(name)) & _FILE_WORDS), "file")
            fields = [each for each in fields if each[0] != named] + [(named, True, b"")]
        return f"multipart/form-data; boundary={_BOUNDARY}", _form(fields, file)

    async def _found(
        self, operation: Operation, file: File, answer: Answer, identity: str | None
    ) -> tuple[tuple[Answer, ...], tuple[str, ...]]:
        elsewhere: list[str] = []
        reads: list[Answer] = []
        tried: set[str] = set()
        for target in self._places(operation, file, answer, elsewhere):
            if target in tried or (reads and not self._everywhere):
                continue
            if len(tried) >= MOST_PLACES:
                break
            tried.add(target)
            read = await self.look(target, file, identity)
            if read is not None:
                reads.append(read)
                self._note(target)
        return tuple(reads), tuple(dict.fromkeys(elsewhere))

    async def look(self, target: str, file: File, identity: str | None = None) -> Answer | None:
        """The reply of a place if it has the file."""
        try:
            read = await self._http.send("GET", target, identity=identity, fresh=True)
        except (Unanswerable, ValueError):
            return None
        return read if read.accepted and holds(read, file) else None

    def _places(self, operation: Operation, file: File, answer: Answer, elsewhere: list[str]) -> Iterator[str]:
        """Where it may be: what the reply names, then what the document has for its ids, then where habit puts files."""
        base = urljoin(self._http.base, answer.asked.target)
        said = [*answer.all("location"), *strings(parse(answer.body))]
        for value in said:
            if not _PLACED.fullmatch(value):
                continue
            parts = urlsplit(urljoin(base if value.startswith((".", "/", "http")) else self._http.base + "/", value))
            if parts.netloc and parts.hostname != self._http.host:
                elsewhere.append(parts.hostname or "")
            elif parts.path:
                yield quote(parts.path, safe="/%~!$&'()*+,;=:@") + (f"?{parts.query}" if parts.query else "")
        names = [each for each in said if 0 < len(each) < 200 and "/" not in each]  # noqa: PLR2004 - a name, not a text
        numbers = [str(each) for each in _numbers(parse(answer.body))]
        yield from self._declared(operation, [*names, *numbers])
        last = next((each for each in names if "." in each and " " not in each), file.name.rpartition("/")[2])
        for root in _ROOTS:
            yield root + quote(last, safe="")

    def _declared(self, operation: Operation, names: list[str]) -> Iterator[str]:
        """GETs near the operation, their last hole filled in with what the reply says."""
        near = words(operation.path)
        gets = [
            each for each in self._http.operations
            if each.method == "GET" and each.declared and (set(words(each.path)) & set(near) - {"api"})
        ]  # fmt: skip
        gets.sort(key=lambda each: not each.path.startswith(operation.path.rstrip("/")))
        for each in gets[:4]:
            own = self._http.target_of(each)
            if each.path.count("{") == operation.path.count("{"):
                yield own.partition("?")[0]
            for name in names[:4] if each.path.count("{") == operation.path.count("{") + 1 else ():
                parts, template = own.partition("?")[0].split("/"), each.path.split("/")
                at = max(index for index, part in enumerate(template) if "{" in part)
                parts[at] = quote(name, safe="")
                yield "/".join(parts)

    def _note(self, target: str) -> None:
        path = target.partition("?")[0]
        for each in self._http.api.operations if self._http.api is not None else ():
            pattern = re.sub(r"\\\{[^{}]*\\\}", "[^/]+", re.escape(each.path))
            if each.method == "DELETE" and "{" in each.path and re.fullmatch(pattern, path):
                self._own[path] = each


def holds(answer: Answer, file: File) -> bool:
    """Whether a reply is the file itself or shows what only it holds; of a picture, another rendition of it."""
    return file.mark.encode() in answer.body or (_is_image(file) and pictures.is_picture(answer.body))


def _is_image(file: File) -> bool:
    return pictures.is_picture(file.content)


def is_file(answer: Answer, file: File) -> bool:
    """Whether a reply is the file, not a document that speaks of it."""
    return holds(answer, file) and "json" not in answer.media_type


def strings(document: Any) -> list[str]:
    """The texts of a JSON document, those first whose names speak of places."""
    found: list[tuple[bool, str]] = []
    stack: list[tuple[str, Any]] = [("", document)]
    while stack and len(found) < _MOST_VALUES:
        name, value = stack.pop()
        if isinstance(value, Mapping):
            stack += [(str(key), each) for key, each in reversed(list(value.items()))]
        elif isinstance(value, list):
            stack += [(name, each) for each in reversed(value[:20])]
        elif isinstance(value, str) and value:
            placed = bool(set(words(name)) & {"url", "uri", "href", "location", "link", "path", "src", "key"})
            found.append((not placed, value))
    return [value for _, value in sorted(found, key=lambda each: each[0])]


def _numbers(document: Any) -> list[int]:
    if isinstance(document, Mapping):
        inner = [each for value in document.values() if isinstance(value, Mapping) for each in _numbers(value)]
        own = [value for name, value in document.items() if type(value) is int and set(words(name)) & {"id", "number"}]
        return [*own, *inner]
    return []


def _fits(declared: str, media: str) -> bool:
    plain = declared.partition(";")[0].strip().lower()
    return plain in {media, "application/octet-stream", "*/*", media.partition("/")[0] + "/*"}


def _fields(body: bytes) -> list[tuple[str, bool, bytes]]:
    """Name, whether it is a file, and content of each part of a form."""
    found = []
    for piece in body.split(b"\r\n--"):
        name = _PART.search(piece)
        if name is not None:
            found.append((name[1].decode("utf-8", "replace"), name[2] is not None, piece.partition(b"\r\n\r\n")[2]))
    return found


def _form(fields: list[tuple[str, bool, bytes]], file: File) -> bytes:
    lines = []
    for name, is_one, content in fields:
        extra = f'; filename="{file.name}"\r\nContent-Type: {file.media}' if is_one else ""
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
        lines.append(head.encode() + (file.content if is_one else content) + b"\r\n")
    return b"".join(lines) + f"--{_BOUNDARY}--\r\n".encode()
