"""What an audit asks about: ids, sections and patterns become ids in the catalogue's order; the document has a name."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Collection
from pathlib import Path

from ostiary import catalogue
from ostiary.config import Config
from ostiary.errors import ConfigError
from ostiary.model import Api


def select(only: Collection[str] | None, skip: Collection[str] = ()) -> tuple[str, ...]:
    """Ids of the controls that patterns name, in the catalogue's order.

    :raises ConfigError: when a pattern names none, with the nearest id as hint.
    """
    chosen = catalogue.ids() if only is None else _matching(only, "--only")
    left_out = set(_matching(skip, "--skip"))
    return tuple(each for each in catalogue.ids() if each in chosen and each not in left_out)


def named_document(api: str | os.PathLike[str] | Api | None, config: Config) -> str | os.PathLike[str] | Api | None:
    """The document that is named: by the caller, or else by the policy, beside which its file is."""
    if api is not None or config.api is None or "://" in config.api or not config.file:
        return api if api is not None else config.api
    return Path(config.file).parent / config.api


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
