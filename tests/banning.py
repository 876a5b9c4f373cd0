"""The command `ostiary ban`, as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys


def ban(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """The command, in a terminal of 80 columns."""
    done = subprocess.run(
        [sys.executable, "-m", "ostiary", "ban", *arguments], capture_output=True, text=True, check=False, timeout=30,
        env={**os.environ, "COLUMNS": "80", **environment},
    )  # fmt: skip
    assert "--json" in arguments or all(len(line) <= 80 for line in done.stdout.splitlines())
    return done.returncode, done.stdout, done.stderr
