"""Configuration is read as text, bounded, and nothing is read that lies elsewhere or is no plain file."""

from __future__ import annotations

import glob
import os
import stat
from pathlib import Path
from typing import Final

from ostiary.errors import Unanswerable

_MOST_BYTES: Final = 256 * 1024
_MOST_FILES: Final = 500


class Files:
    """A machine's configuration, below `root`."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def text(self, path: str) -> str:
        """A file's text; empty when there is none.

        :raises Unanswerable: when it may not be read, or is no plain file.
        """
        place = self._root / path.lstrip("/")
        try:
            handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise Unanswerable(f"{path} may not be read: {error.strerror}") from error
        with open(handle, "rb") as file:  # noqa: PTH123 - a descriptor: nobody exchanges the file in between
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Unanswerable(f"{path} is no plain file")
            return file.read(_MOST_BYTES).decode("utf-8", "replace")

    def matching(self, pattern: str) -> list[str]:
        """Paths that match a pattern, in order."""
        found = sorted(glob.glob(pattern.lstrip("/"), root_dir=self._root))  # noqa: PTH207 - with a root of its own
        return [f"/{each}" for each in found[:_MOST_FILES]]
