"""How bad a CVSS vector is, in a word: the base score of versions 3.0 and 3.1 (CVSS v3.1 specification, section 7.1)."""

from __future__ import annotations

import math
from typing import Final

_ATTACK: Final = {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2}
_COMPLEXITY: Final = {"L": 0.77, "H": 0.44}
_RIGHTS: Final = {"N": (0.85, 0.85), "L": (0.62, 0.68), "H": (0.27, 0.5)}  # unchanged scope, changed scope
_PEOPLE: Final = {"N": 0.85, "R": 0.62}
_IMPACT: Final = {"H": 0.56, "L": 0.22, "N": 0.0}
_LONGEST: Final = 300
_BANDS: Final = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))


def rated(vector: str) -> str:
    """``critical``, ``high``, ``medium`` or ``low``; empty for a vector of another version, or none."""
    score = base_score(vector)
    return "" if score is None else next((word for least, word in _BANDS if score >= least), "low")


def base_score(vector: str) -> float | None:
    """The base score, 0.0 to 10.0; None for what is no vector of version 3."""
    if not vector.startswith(("CVSS:3.0/", "CVSS:3.1/")) or len(vector) > _LONGEST:
        return None
    said = dict(each.partition(":")[::2] for each in vector.split("/")[1:])
    changed = said.get("S") == "C"
    try:
        rights = _RIGHTS[said["PR"]][changed]
        reach = 8.22 * _ATTACK[said["AV"]] * _COMPLEXITY[said["AC"]] * rights * _PEOPLE[said["UI"]]
        lost = 1 - (1 - _IMPACT[said["C"]]) * (1 - _IMPACT[said["I"]]) * (1 - _IMPACT[said["A"]])
    except KeyError:
        return None
    impact = 7.52 * (lost - 0.029) - 3.25 * (lost - 0.02) ** 15 if changed else 6.42 * lost
    if impact <= 0:
        return 0.0
    return _up(min((1.08 if changed else 1.0) * (impact + reach), 10.0))


def _up(score: float) -> float:
    """To one digit, upwards (specification, appendix A), free of how floats are rounded."""
    whole = round(score * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (math.floor(whole / 10_000) + 1) / 10
