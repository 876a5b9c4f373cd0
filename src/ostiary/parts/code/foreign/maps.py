"""Maps that calls make, where a language has no literal for them."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.code import Call, Value

_MAPS: Final = frozenset({"mapOf", "mutableMapOf", "hashMapOf", "linkedMapOf"})  # Kotlin
_OBJECTS: Final = re.compile(r"(?:gin|echo|iris)(?:/v\d+)?\.(?:H|Map)$|fiber(?:/v\d+)?\.Map$|\bbson\.M$")  # Go


def entries_of(call: Call) -> dict[str, Value]:
    """The entries of a map that a call makes: ``Map.of("a", b)``, ``mapOf("a" to b)``, ``gin.H{"a": b}``."""
    args = call.args
    if call.method in _MAPS or call.name.endswith("Map.ofEntries"):
        held = [each.parts if len(each.parts) == 2 else _entry(each) for each in args]  # noqa: PLR2004 - name and value
    elif call.name.endswith("Map.of"):
        held = list(zip(args[::2], args[1::2], strict=False))
    else:
        return dict(call.keywords) if _OBJECTS.search(call.name) else {}
    return {each[0].literal: each[1] for each in held if each and isinstance(each[0].literal, str)}


def _entry(value: Value) -> tuple[Value, ...]:
    made = value.call
    return made.args[:2] if made is not None and made.name.endswith("Map.entry") else ()
