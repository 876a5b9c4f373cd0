"""Operations that are named like heavy work may be answered with 202, or hand out their results in pages."""

from __future__ import annotations

from typing import Final

from ostiary.controls.processing.async_heavy_work.live import heavy
from ostiary.evidence import Spec
from ostiary.model import Finding, Operation, not_applicable, passed, unknown
from ostiary.parts.role_words import squeezed

_PAGES: Final = frozenset({"page", "limit", "offset", "cursor", "pagesize", "perpage", "size", "after", "top", "skip"})


async def audit_spec(spec: Spec) -> Finding:
    """Look for 202 or paging where names promise much work; how long it takes, only a live check shows."""
    named = [each for each in spec.api.operations if heavy(each)]
    if not named:
        return not_applicable("no operation is named like heavy work")
    bare = [each for each in named if not _light(each)]
    if bare:
        shown = [spec.at(each.pointer, f"{each.key} declares neither 202 nor paging") for each in bare[:4]]
        return unknown(
            f"{len(bare)} of {len(named)} operations named like heavy work declare neither 202 nor paging", *shown
        )
    return passed(
        f"all {len(named)} operations named like heavy work declare 202 or paging", spec.at(named[0].pointer, "202")
    )


def _light(operation: Operation) -> bool:
    return "202" in operation.replies or bool(_PAGES & {squeezed(each.name) for each in operation.parameters})
