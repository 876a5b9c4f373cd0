"""Shells, interpreters, templates and readers of objects in code: nothing of a request gets into them."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.code import Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.building import is_checked
from ostiary.parts.code.interpreters import Run, runs
from ostiary.parts.code.judging import Fault, judged

_ASIDE: Final = re.compile(
    r"(?i)(?:^|/)(?:migrations?|scripts?|tools?|tasks|bin|build|ci|deploy|hack|benchmarks?|config|gulpfile\.\w+|gruntfile\.\w+|webpack[\w.]*|"
    r"setup\.py|fabfile\.py|manage\.py|conf\.py|noxfile\.py|lib/tasks)(?:/|$)"
)
_CODE: Final = "a text is run as code"
_PUT_TOGETHER: Final = "a command for a shell is put together"


async def audit_source(tree: Tree) -> Finding:
    """Look at everything that runs what it is given."""
    faults: list[Fault] = []
    sound: list[Spot] = []
    for run in runs(tree.code):
        confidence = _confidence(tree, run)
        if not run.open_by:
            sound.append(run.call)
        elif confidence is None:
            continue
        else:
            of = " of a request" if run.open_by == "request" else ""
            faults.append(
                Fault(run.call, run.what + (f" out{of}" if of and run.what == _PUT_TOGETHER else of), confidence)
            )
    served = () if sound else tree.code.routes
    return judged(
        tree,
        faults,
        sound=sound or served,
        holds="what is run is constant"
        if sound
        else "an operation; nothing in the code runs, loads or makes objects of what it is given",
        nothing="shell, interpreter or reader of objects, and no operation that could reach one,",
        proof="What a caller sends is run by a shell, an interpreter, a template engine or a reader that makes any object.",
    )


def _confidence(tree: Tree, run: Run) -> Confidence | None:
    """How sure it is that somebody else decides what is run; None: it is not seen that anybody does."""
    value = run.value
    if value is None or (run.open_by == "unseen" and run.what != _CODE):
        return None
    if run.open_by == "request":
        return Confidence.TENTATIVE if is_checked(tree.code, run.call, value) else Confidence.CERTAIN
    firm = run.what == _PUT_TOGETHER and run.open_by == "parameter" and value.built
    return Confidence.FIRM if firm and not _ASIDE.search(run.call.path) else Confidence.TENTATIVE
