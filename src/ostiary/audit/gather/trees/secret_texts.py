"""Which bytes are a text to be searched for credentials, and what may be told of one that is found."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from typing import Final

from ostiary.evidence.tree import File, Role, Secret
from ostiary.parts.secrets.found import Found
from ostiary.parts.secrets.listing import listed
from ostiary.parts.secrets.manners import Manner, is_pattern, manner

MOST_OF_A_FILE: Final = 50
_LONGEST_LINE: Final = 20_000  # characters on average: rather data than lines, as minified files are
_BESIDE: Final = re.compile(
    r"(?:^|/)(?:(?:docs?|examples?|samples?|tutorials?|demos?|tests?|fixtures?|mocks?)[_.-][^/]*|[^/]*[_.-](?:docs?|examples?|samples?|tests?|fixtures?|mocks?|stubs?|e2e)"
    r"|cypress|mocks?|stubs?|playwright|seeds?|seeders?|\.github|\.circleci|\.storybook)(?:/|$)|^t/"
)
_HEAD: Final = 8192  # bytes in which a zero says that a file is no text
NO_TEXT: Final = frozenset(
    listed(
        "png jpg jpeg gif webp bmp ico tif tiff pdf zip gz tgz bz2 xz zst 7z rar tar jar war ear class so dll dylib exe bin o a pyc pyd whl egg "
        "woff woff2 ttf otf eot mp3 mp4 mov avi mkv webm ogg wav flac psd xcf sqlite db mo pack idx wasm node parquet pb onnx pt npy npz "
        "deb rpm apk aab ipa dex arsc car nib icns heic avif svgz swf lockb rdb dump snap svg"
    )
)


@dataclass(slots=True)
class Marks:
    """Equal secrets get equal marks in one run, and nobody can compute a mark without the run's key."""

    _key: bytes = field(default_factory=lambda: os.urandom(32), repr=False)

    def of(self, value: str) -> str:
        """The mark of a secret."""
        return hashlib.blake2b(value.encode("utf-8", "surrogatepass"), key=self._key, digest_size=8).hexdigest()


def told(found: Found, where: str, role: Role, marks: Marks, *, in_head: bool = True) -> Secret:
    """What may be told of a finding; outside of the product only a right checksum makes sure."""
    return Secret(
        kind=found.kind,
        title=found.title,
        where=where,
        shown=found.shown,
        mark=marks.of(found.value),
        role=role,
        certain=found.proven or (found.certain and role is Role.PRODUCT),
        salt=found.salt,
        public=found.public,
        weak=found.weak,
        in_head=in_head,
        name=found.name,
    )


def role_of_file(file: File) -> Role:
    """What a file is here: one for people, or one that shows how another is to be filled in, is an example."""
    if file.role is not Role.PRODUCT:
        return file.role
    if _BESIDE.search(file.path.rpartition("/")[0].lower()):
        return Role.TEST
    return Role.EXAMPLE if is_pattern(file.path) or manner(file.path) is Manner.TEXT else file.role


def text_of(data: bytes) -> str | None:
    """The text of a file; None where it is none, or so minified that nothing in it was written by hand."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    if b"\0" in data[:_HEAD]:
        return None
    if len(data) > _LONGEST_LINE * 4 and len(data) / (data.count(b"\n") + 1) > _LONGEST_LINE:
        return None
    return data.decode("utf-8", "replace")
