"""Where a path names a user by id, the document also has the form in which the caller names nobody."""

from __future__ import annotations

from collections.abc import Sequence

from ostiary.controls.processing.me_not_user_id.paths import is_own, is_private, names_a_person
from ostiary.evidence import Spec
from ostiary.model import Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen.privileges import is_privileged, roles_of


async def audit_spec(spec: Spec) -> Finding:
    """Look for operations on a caller's own data that take the owner from the path."""
    listed = [each for each in spec.api.operations if each.declared and each.security and all(each.security)]
    named = [each for each in listed if names_a_person(each) and not is_privileged(each) and not roles_of(each)]
    named = [each for each in named if not _is_managed(each, listed)]
    if not named:
        return not_applicable("no operation that needs credentials names a user in its path")
    own = [each for each in spec.api.operations if is_own(each)]
    if own:
        return passed(f"the caller's own is reached without an id: {own[0].key}", spec.at(own[0].pointer, own[0].key))
    sure = [each for each in named if is_private(each)]
    shown = [spec.at(each.pointer, f"{each.key} takes the owner from the path") for each in (sure or named)[:5]]
    if not sure:
        return unknown(
            "users are read by id, and there is no /me; whether others may read them the document does not say", *shown
        )
    return failed(
        f"{len(sure)} operations on a user's own data take the user from the path, and there is no /me", *shown
    )


def _is_managed(operation: Operation, closed: Sequence[Operation]) -> bool:
    """Whether it stands beside an operation that makes such users and needs credentials: then others look after them."""
    collection, _, last = operation.path.rstrip("/").rpartition("/")
    makes = {each.path.rstrip("/") for each in closed if each.method == "POST"}
    return last.startswith("{") and collection in makes
