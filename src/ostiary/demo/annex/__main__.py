"""The annex as a process: ``python -m ostiary.demo.annex --port N [--fault ID ...]``, ``--fault all`` for every one."""

from __future__ import annotations

import argparse
import sys

from ostiary.demo import annex
from ostiary.demo.child import run
from ostiary.errors import ConfigError


def main() -> int:
    """Serve until a signal ends it."""
    parser = argparse.ArgumentParser(prog="ostiary.demo.annex")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fault", action="append", default=[], metavar="ID", help="may be given again; all for all")
    args = parser.parse_args()
    try:
        app = annex.make(annex.FAULTS if args.fault == ["all"] else args.fault)
    except ConfigError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command line prints
        return 2
    run(app, args.port, tied=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
