"""Processes of tests that end: when they are left, also by a failed assertion, and when their time is over."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import AnyStr


@contextmanager
def mortal(process: subprocess.Popen[AnyStr], seconds: float = 120) -> Iterator[subprocess.Popen[AnyStr]]:
    """Killed when the block is left or the time is over; whoever reads from it by then reads the end, and fails.

    ``with Popen(...)`` alone would wait: a failed assertion in front of a server that nobody has stopped, for ever.
    """
    over = threading.Timer(seconds, process.kill)
    over.daemon = True
    over.start()
    with process:
        try:
            yield process
        finally:
            over.cancel()
            process.kill()
