"""What a search says of a secret: what it is, where, how sure; the value itself is never printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MASK: Final = "***"
_FEW: Final = 4  # characters shown after a format's own beginning
_LONG: Final = 12  # characters; of a shorter value nothing but two are shown, and of the shortest none


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A credential in a text. ``value`` is for digests and comparisons alone; everything told of it is `shown`."""

    kind: str  # "aws-access-key-id", "private-key", "assigned-password", ...
    title: str  # "AWS access key id"
    line: int
    start: int  # of the value, in characters of the text
    end: int
    value: str = field(repr=False)
    begin: int = 0  # how many of its characters are the format's, the same for everybody
    name: str = ""  # of the variable or member, where there is one
    certain: bool = False  # its form is documented by who issues it
    proven: bool = False  # it carries a checksum and that is right
    salt: bool = False  # a salt or key of a payment provider, by its name
    public: bool = False  # made to be seen by anybody, as keys of maps in pages; restrictions matter
    weak: bool = False  # a word or a default that anybody guesses
    allowed: str = ""  # why the line says that it may stay

    @property
    def shown(self) -> str:
        """Its documented beginning and a few characters."""
        if "\n" in self.value:
            return f"{self.value.partition(chr(10))[0][:60]} {MASK}"
        if self.begin:
            return self.value[: self.begin + min(_FEW, (len(self.value) - self.begin) // 4)] + MASK
        return (self.value[:2] if len(self.value) >= _LONG else "") + MASK
