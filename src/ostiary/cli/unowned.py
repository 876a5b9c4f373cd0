"""Operations whose path names an object, and of which nobody said whose it may be, are listed: the commonest way in."""

from __future__ import annotations

from typing import Final

from ostiary.cli.columns import table, wrapped
from ostiary.guard.site import Compiled
from ostiary.parts.ownership_gaps import gaps

_OWNERSHIP: Final = "userdata.ownership-check"
_ALIASES: Final = "processing.me-not-user-id"
_ROWS: Final = 10
_CHANGES: Final = "writes"


def show(compiled: Compiled) -> None:
    """Print the operations with object ids and no ownership rule; nothing where there are none."""
    found = gaps(
        (
            plan.operation,
            _OWNERSHIP in plan.controls or (_ALIASES in plan.controls and not plan.operation.alias_of),
        )
        for plan in compiled.plans
    )
    if not found:
        return
    print(wrapped(f"The application alone decides whose objects these are ({_OWNERSHIP} has no rule):", hang=2))
    rows = [(each.key, "" if each.method in {"GET", "HEAD"} else _CHANGES) for each in found]
    print(table(rows[:_ROWS], indent=2))
    if len(rows) > _ROWS:
        print(f"  and {len(rows) - _ROWS} more")
    print()
