"""``python -m ostiary`` is ``ostiary``."""

from __future__ import annotations

import sys

from ostiary.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
