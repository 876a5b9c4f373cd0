"""What a mobile package holds: its manifest or property lists, its code's strings and calls, its network rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from ostiary.evidence.tree import File, Searched
from ostiary.model import Evidence


class Package(Protocol):
    """An ``.apk``, ``.aab`` or ``.ipa``; ``Kind.MOBILE`` checks see this. Its owner adds what the checks ask."""

    @property
    def name(self) -> str:
        """The target as the user wrote it."""
        ...

    @property
    def form(self) -> str:
        """``apk``, ``aab`` or ``ipa``."""
        ...

    @property
    def files(self) -> Sequence[File]:
        """Every member."""
        ...

    def data(self, file: File) -> bytes:
        """A member's bytes, up to the reader's bound."""
        ...

    def secrets(self) -> Searched:
        """Credentials in code, resources and other members."""
        ...

    def show(self, place: str, what: str, extract: str = "") -> Evidence:
        """Evidence at a member of the package, secrets masked."""
        ...

    def remember(self, key: str, make: Callable[[], Any]) -> Any:
        """What `make` gave the first time it was called under this key."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """Application id, versions, minimum and target SDK."""
        ...
