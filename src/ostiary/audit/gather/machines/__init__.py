"""This machine, or one service of another, as checks of hosts see it: read-only."""

from __future__ import annotations

import threading
from typing import Any

from ostiary.audit.recognise import Target
from ostiary.errors import Unanswerable


def machine(target: Target, *, authorized: bool, stop: threading.Event) -> Any:
    """The port `ostiary.evidence.machine.Machine` for ``--host`` or ``host:port``.

    :param authorized: whether addresses that are neither loopback nor private may be asked.
    :raises ConfigError: when they may not, or the name does not resolve.
    """
    raise Unanswerable("machines are not read yet")
