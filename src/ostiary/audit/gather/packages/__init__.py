"""Mobile packages as checks see them."""

from __future__ import annotations

import threading
from typing import Any

from ostiary.audit.recognise import Target
from ostiary.errors import Unanswerable


def package(target: Target, *, stop: threading.Event) -> Any:
    """The port `ostiary.evidence.package.Package` for an ``.apk``, ``.aab`` or ``.ipa``.

    :raises ConfigError: when it cannot be read.
    """
    raise Unanswerable("packages are not read yet")
