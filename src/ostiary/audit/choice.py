"""Which controls an audit asks: ids, sections and patterns become ids in the catalogue's order."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection

from ostiary import catalogue
from ostiary.errors import ConfigError


def select(only: Collection[str] | None, skip: Collection[str] = ()) -> tuple[str, ...]:
    """Ids of the controls that patterns name, in the catalogue's order.

    :raises ConfigError: when a pattern names none, with the nearest id as hint.
    """
    chosen = catalogue.ids() if only is None else _matching(only, "--only")
    left_out = set(_matching(skip, "--skip"))
    return tuple(each for each in catalogue.ids() if each in chosen and each not in left_out)


def _matching(patterns: Collection[str], option: str) -> tuple[str, ...]:
    found: list[str] = []
    for pattern in patterns:
        text = pattern.replace("_", "-")
        text = f"{text}.*" if text in catalogue.SECTIONS else text
        named = fnmatch.filter(catalogue.ids(), text)
        if not named:
            known = [*catalogue.ids(), *catalogue.SECTIONS]
            raise ConfigError(f"{option} {pattern}", "no control has this id", catalogue.did_you_mean(text, known))
        found += named
    return tuple(found)
