"""What holds for every test: examples are generated without a stopwatch, which a busy machine would fail."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("ostiary", deadline=None, max_examples=60)
settings.load_profile("ostiary")
