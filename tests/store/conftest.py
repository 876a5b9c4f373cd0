"""The places where state lives, for every test of this folder."""

from __future__ import annotations

from store.places import place
from store.servers import postgres, redis

__all__ = ["place", "postgres", "redis"]
