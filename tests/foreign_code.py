"""What tests ask of a module that was read."""

from __future__ import annotations

from textwrap import dedent

from ostiary.evidence.code import Call, Language, Module, Route, Value
from ostiary.parts.code.foreign import read

_ENDINGS = {
    Language.JAVASCRIPT: "js",
    Language.JAVA: "java",
    Language.KOTLIN: "kt",
    Language.SWIFT: "swift",
    Language.GO: "go",
    Language.PHP: "php",
    Language.RUBY: "rb",
}


def module(language: Language, text: str, ending: str = "") -> Module:
    return read(f"src/it.{ending or _ENDINGS[language]}", dedent(text), language)


def names(read: Module) -> list[str]:
    return [each.name for each in read.calls]


def call(read: Module, name: str) -> Call:
    found = [each for each in read.calls if each.name == name]
    assert found, f"{name} is not among {names(read)}"
    return found[0]


def assigned(read: Module, name: str) -> Value:
    found = [each.value for each in read.assignments if each.name == name]
    assert found, f"{name} is not among {[each.name for each in read.assignments]}"
    return found[-1]


def route(read: Module, method: str, path: str) -> Route:
    found = [each for each in read.routes if method in each.methods and each.route == path]
    assert found, f"{method} {path} is not among {[(each.methods, each.route) for each in read.routes]}"
    return found[0]
