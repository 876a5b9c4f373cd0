"""What happens to patterns that cannot run in linear time; by default the policy does not start with one."""

from __future__ import annotations

from typing import Literal

from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """Patterns run in a linear-time engine or not at all; nothing switches that off.

    ``unsupported``: a pattern that no such engine has (lookaround, backreferences) stops the start, or is left
    unchecked with ``"ignore"``. ``unchecked``: places of single patterns to leave unchecked, as the error names them
    (``"openapi.yaml#/components/schemas/User/properties/name/pattern"``, or from the ``#`` on).
    """

    unsupported: Literal["refuse", "ignore"] = "refuse"
    unchecked: tuple[str, ...] = ()
