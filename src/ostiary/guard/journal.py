"""Every refusal is counted and logged once, by control and operation, never with a submitted value."""

from __future__ import annotations

import logging
from collections import Counter

from ostiary.errors import Denied
from ostiary.model import Exchange, Operation
from ostiary.problem import exchange_id
from ostiary.strict import dumps

logger = logging.getLogger("ostiary.guard")


class Journal:
    """Counts of refusals; bounded by controls x operations x statuses, all of which the policy fixes."""

    def __init__(self) -> None:
        self.refusals: Counter[tuple[str, str, int, str]] = Counter()  # control, operation, status, mode

    def note(self, exchange: Exchange, operation: Operation, control: str, denied: Denied, mode: str) -> None:
        """Count a refusal (``mode`` enforce) or what would have been one (``mode`` monitor), and log one JSON line."""
        self.refusals[control, operation.key, denied.status, mode] += 1
        if logger.isEnabledFor(logging.INFO):
            line = {
                "event": "denied" if mode == "enforce" else "would-deny",
                "control": control,
                "operation": operation.key,
                "status": denied.status,
                "reason": denied.reason,
                "client": exchange.client,
                "id": exchange_id(exchange),
            }
            logger.info("%s", dumps(line).decode())
