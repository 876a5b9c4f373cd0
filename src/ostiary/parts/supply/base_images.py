"""What a Dockerfile's last stage is built on: stages are followed back, and defaults of arguments put in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_FROM: Final = re.compile(
    r"FROM[ \t]+(?:--platform=\S+[ \t]+)?(?P<image>\S+)(?:[ \t]+AS[ \t]+(?P<alias>\S+))?[ \t]*", re.IGNORECASE
)
_ARG: Final = re.compile(r"ARG[ \t]+(?P<name>[A-Za-z_]\w*)=(?P<value>\S+)", re.IGNORECASE)
_USE: Final = re.compile(r"\$(?:\{(?P<braced>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\}|(?P<bare>[A-Za-z_]\w*))")
FILES: Final = ("Dockerfile", "Dockerfile.*", "*.Dockerfile", "*.dockerfile", "Containerfile")
_NOT_SHIPPED: Final = re.compile(r"(?:^|[._/-])(?:dev|devel|development|devcontainer|gitpod|local|tests?|ci|github|bench(?:marks?)?)(?:[._/-]|$)")  # fmt: skip
_MOST: Final = 5000  # lines
_DIGEST: Final = "@sha256:"


@dataclass(frozen=True, slots=True)
class Base:
    """An image that is built on; ``tag`` is empty where none is written, and ``name`` is empty for nothing at all."""

    line: int
    written: str
    name: str = ""
    tag: str = ""
    digest: str = ""
    unresolved: bool = False

    @property
    def floating(self) -> bool:
        """Whether another image may stand there tomorrow, of any release."""
        return not self.digest and self.tag in {"", "latest"}


def is_shipped(path: str) -> bool:
    """Whether a Dockerfile's name does not say that its image stays with its developers."""
    return _NOT_SHIPPED.search(path.lower()) is None


def base(text: str) -> Base | None:
    """What the last stage stands on; None: the file has no stage."""
    stages: dict[str, tuple[int, str]] = {}
    arguments: dict[str, str] = {}
    last: tuple[int, str] | None = None
    for number, line in enumerate(text.split("\n")[:_MOST], 1):
        bare = line.strip()[:1000]
        argument = _ARG.match(bare)
        if argument is not None and last is None:
            arguments[argument["name"]] = argument["value"].strip("'\"")
        stage = _FROM.match(bare)
        if stage is None:
            continue
        image = _USE.sub(lambda match: _value(match, arguments), stage["image"])
        last = stages.get(image.lower(), (number, image))
        if stage["alias"]:
            stages[stage["alias"].lower()] = last
    return _read(*last) if last is not None else None


def _value(match: re.Match[str], arguments: dict[str, str]) -> str:
    return arguments.get(match["braced"] or match["bare"], match["default"] or match[0])


def _read(line: int, image: str) -> Base:
    if image.lower() == "scratch":
        return Base(line, image)
    rest, _, digest = image.partition(_DIGEST)
    head, _, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    return Base(line, image, f"{head}/{name}" if head else name, tag, digest, unresolved="$" in image)
