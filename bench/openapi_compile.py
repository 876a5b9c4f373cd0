"""How long a document takes to read and compile, and what it costs in memory: one JSON object on stdout.

    python bench/openapi_compile.py DOCUMENT [CONTROL ...]

Without controls the whole default policy is compiled. GitHub's description: ``npm pack @octokit/openapi``.
"""

from __future__ import annotations

import json
import resource
import sys
import time

from ostiary.config import Config
from ostiary.guard.site import Compiled
from ostiary.parts.openapi import read


def peak() -> float:
    """Peak resident memory of this process, MiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def main(path: str, controls: list[str]) -> None:
    before = peak()
    started = time.perf_counter()
    api = read(path)
    read_at = time.perf_counter()
    after_read = peak()
    compiled = Compiled(Config(only=tuple(controls) or None), api)
    done = time.perf_counter()
    figures = {
        "document": path.rpartition("/")[2],
        "dialect": api.dialect,
        "operations": len(api.operations),
        "plans": len(compiled.plans),
        "notes": len(api.notes),
        "read_s": round(read_at - started, 2),
        "compile_s": round(done - read_at, 2),
        "peak_before_mib": before,
        "peak_read_mib": after_read,
        "peak_mib": peak(),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
