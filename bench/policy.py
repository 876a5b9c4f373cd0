"""The policy that is measured: all built controls with their defaults, but for limits that a benchmark would hit."""

from __future__ import annotations

from ostiary import catalogue
from ostiary.config import Config

ENOUGH = 1_000_000_000

# Fields of limiting controls that a load generator on one address exceeds at once; set where the control has them.
_LIMITS = {
    "access.throttling": {"requests": ENOUGH, "per": "1s", "burst": 100_000},
    "input.rate-quota": {},
    "input.rate-spike-arrest": {},
    "input.rate-concurrency": {},
}


def in_process(only: tuple[str, ...] | None = None) -> Config:
    """For an ASGI app in this process."""
    return Config(only=only, controls=_raised())


def _raised() -> dict[str, dict[str, object]]:
    return {each: values for each, values in _LIMITS.items() if values and catalogue.control(each).guard is not None}


if __name__ == "__main__":  # as TOML, for a gateway's policy file
    for control, values in _raised().items():
        section, _, name = control.partition(".")
        print(f"[{section}.{name}]")
        for key, value in values.items():
            print(f"{key} = " + (f'"{value}"' if isinstance(value, str) else str(value)))
