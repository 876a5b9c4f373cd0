"""What a tree holds and the audit did not look at is counted and said: nobody hides code by where or how it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from ostiary.audit.gather.trees.deployments import TOO_LONG
from ostiary.audit.gather.trees.sources import SUFFIXES
from ostiary.evidence.code import Code
from ostiary.evidence.deployment import Deployment
from ostiary.evidence.tree import File, Role

_NAMED: Final = 3  # of those that are counted
_ROLES: Final = {
    Role.TEST: "tests",
    Role.EXAMPLE: "examples and documentation",
    Role.VENDORED: "others' code",
    Role.GENERATED: "generated",
}


def left_out(files: Iterable[File], code: Code | None, deployment: Deployment | None) -> list[str]:
    """Sentences, each with a count.

    :param code: what was made of the code; None where nobody asked for it: then there is nothing to say of it.
    :param deployment: likewise of the configuration.
    """
    said = []
    if code is not None:
        said += _roles(files)
        broken = [f"{each.path} ({each.broken})" for each in code.modules if each.broken]
        if broken:
            said.append(f"Code that was not read, or not whole: {_some(broken)}.")
    long = deployment.present.get(TOO_LONG, ()) if deployment is not None else ()
    if long:
        said.append(f"Configuration too long to be read: {_some(long)}.")
    return said


def _roles(files: Iterable[File]) -> list[str]:
    counted: Counter[Role] = Counter(
        each.role
        for each in files
        if each.role is not Role.PRODUCT and "." + each.name.rpartition(".")[2].lower() in SUFFIXES
    )
    if not counted:
        return []
    kinds = ", ".join(f"{counted[role]} {word}" for role, word in _ROLES.items() if counted[role])
    return [f"Rules for code did not look at {counted.total()} files of code, by their paths: {kinds}."]


def _some(names: Sequence[str]) -> str:
    more = f", and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
