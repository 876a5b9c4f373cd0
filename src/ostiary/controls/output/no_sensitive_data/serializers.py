"""Serializers of Django REST framework: those that take every field of a user, and those that name them."""

from __future__ import annotations

import re
from typing import Final

from ostiary.controls.output.no_sensitive_data.records import SECRET, stored
from ostiary.evidence.code import Language, Spot
from ostiary.evidence.tree import Tree
from ostiary.parts.code import excerpts
from ostiary.parts.code.judging import Fault

_USERS: Final = re.compile(r"(?:^|\.)(?:User|get_user_model\(\)|\w*User(?:Account|Profile)?)$")


def serializers(tree: Tree) -> tuple[list[Fault], list[Spot]]:
    """What serializers of models give out that have a password, and those that name their fields."""
    faults: list[Fault] = []
    sound: list[Spot] = []
    keeping = _keeping(tree)
    for each in tree.code.classes():
        if each.language is not Language.PYTHON or not any(base.endswith("ModelSerializer") for base in each.bases):
            continue
        text = excerpts.text(tree, each)
        model = re.search(r"^\s+model\s*=\s*([\w.()]+)", text, re.MULTILINE)
        if model is None or model[1].rpartition(".")[2] not in keeping:
            continue
        fields = re.search(
            r"^\s+(?:fields|exclude)\s*=\s*(?:['\"]__all__['\"]|[\[(][^\])]{0,2000}[\])]|ALL_FIELDS)",
            text,
            re.MULTILINE,
        )
        if fields is None:
            continue
        line = each.line + text[: fields.start()].count("\n") + (1 if fields[0].startswith("\n") else 0)
        spot = Spot(path=each.path, line=line, language=each.language)
        what = _wrong(text, fields[0].strip())
        faults += [Fault(spot, what)] if what else []
        sound += [] if what else [spot]
    return faults, sound


def _keeping(tree: Tree) -> set[str]:
    """Models with a password: those of the framework, those made from them, and those with a column of their own."""
    found = {"User", "get_user_model()", *stored(tree)}
    found |= {
        each.name for each in tree.code.classes() if any(base.endswith(("AbstractUser", "AbstractBaseUser")) for base in each.bases)
    }  # fmt: skip
    return found


def _wrong(text: str, fields: str) -> str:
    if re.search(r"write_only|to_representation|load_only", text):
        return ""
    named = re.findall(r"['\"](\w+)['\"]", fields)
    if fields.startswith("exclude"):
        return (
            ""
            if any(map(SECRET.fullmatch, named))
            else "a serializer leaves fields of a user out, but not the password"
        )
    if "__all__" in named or "ALL_FIELDS" in fields:
        return "a serializer gives out every field of a user, the password's hash included"
    member = next(filter(SECRET.fullmatch, named), "")
    return f"a serializer gives out {member} of a user" if member else ""
