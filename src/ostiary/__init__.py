"""Ostiary: the API security checklist as a running system; these names are its public surface."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ostiary.config import Config
    from ostiary.errors import ConfigError, Denied, OstiaryError, StoreError, Unanswerable
    from ostiary.gateway.server import Gateway
    from ostiary.guard.app import Guard
    from ostiary.identity.app import Identity

__version__ = "0.1.0"

__all__ = [
    "Config",
    "ConfigError",
    "Denied",
    "Gateway",
    "Guard",
    "Identity",
    "OstiaryError",
    "StoreError",
    "Unanswerable",
]

# Resolved on first use, so that `import ostiary` stays cheap and an extra that is not installed is not asked for.
_HOMES = {
    "Config": "ostiary.config",
    "ConfigError": "ostiary.errors",
    "Denied": "ostiary.errors",
    "Gateway": "ostiary.gateway.server",
    "Guard": "ostiary.guard.app",
    "Identity": "ostiary.identity.app",
    "OstiaryError": "ostiary.errors",
    "StoreError": "ostiary.errors",
    "Unanswerable": "ostiary.errors",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    msg = f"module 'ostiary' has no attribute {name!r}"
    raise AttributeError(msg)
