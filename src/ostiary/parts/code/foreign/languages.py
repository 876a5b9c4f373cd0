"""Which table reads which language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ostiary.evidence.code import Language
from ostiary.parts.code.foreign import go, java, javascript, kotlin, php, ruby, swift
from ostiary.parts.code.foreign.forms import Grammar

GRAMMARS: Final[Mapping[Language, Grammar]] = {
    module.GRAMMAR.language: module.GRAMMAR for module in (javascript, java, kotlin, swift, go, php, ruby)
}
