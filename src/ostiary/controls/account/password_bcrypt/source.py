"""Passwords that code stores plain, by fast hashes, or by slow ones that it does not let be slow."""

from __future__ import annotations

from collections.abc import Sequence

from ostiary.evidence.code import Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code import hashing
from ostiary.parts.code.judging import Fault, judged


async def audit_source(tree: Tree) -> Finding:
    """Look at what passwords are given to, and at its parameters."""
    weak = [
        *hashing.fast(tree),
        *hashing.parameters(tree.code),
        *hashing.salted(tree.code),
        *hashing.looked_up(tree.code),
    ]
    faults = [Fault(each.spot, each.what, Confidence.FIRM if each.certain else Confidence.TENTATIVE) for each in weak]
    sound: Sequence[Spot] = hashing.slow(tree.code)
    return judged(
        tree,
        faults,
        sound=sound,
        holds="passwords are given to a function that was made for them",
        nothing="function that hashes passwords",
        proof="Who gets the table of users tries billions of passwords a second against fast hashes.",
    )
