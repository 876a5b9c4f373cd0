"""An answer that is a failure is still an answer: it raises when it is awaited, and is silent when it is not."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from ostiary.errors import StoreError


class Failed:
    """What a verb returns when it knows at once that the state is out of reach."""

    __slots__ = ("_error",)

    def __init__(self, error: StoreError) -> None:
        self._error = error

    def __await__(self) -> Generator[Any, Any, Any]:
        """:raises StoreError: always."""
        raise self._error
