"""No declared reply of an operation that sends a code has a place for the code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.evidence import Spec
from ostiary.model import Finding, failed, not_applicable, passed
from ostiary.parts.seen.codes import means_code
from ostiary.parts.seen.fields import resolve

_DEEPEST: Final = 6


async def audit_spec(spec: Spec) -> Finding:
    """Walk the declared 2xx replies of operations that send codes, and of all for what can be nothing else."""
    found, senders = [], 0
    for operation in spec.api.operations:
        sends = operation.role == "otp-send"
        senders += sends
        for code, content in operation.replies.items():
            for media in content.values() if code.startswith("2") else ():
                if media.schema is None:
                    continue
                names = _codes(media.schema.fragment, media.schema.root, 0, sends=sends)
                found += [
                    spec.at(operation.pointer, f"the reply of {operation.key} declares {each!r}") for each in names
                ]
    if found:
        return failed(f"{found[0].what} ({len(found)} in all)", *found[:5])
    if not senders:
        return not_applicable("no operation sends a one-time code")
    return passed(f"{senders} operations send a code, and no declared reply has a place for it")


def _codes(node: Any, root: Mapping[str, Any], depth: int, *, sends: bool) -> Iterator[str]:
    node = resolve(node, root)
    if not isinstance(node, Mapping) or depth > _DEEPEST:
        return
    for name, each in node.get("properties", {}).items():
        inner = resolve(each, root)
        if isinstance(inner, Mapping) and inner.get("deprecated") is True:
            continue  # what is being taken away, only a live reply shows
        if means_code(name, sends=sends) and isinstance(inner, Mapping) and _may_be_text(inner):
            yield name
        yield from _codes(each, root, depth + 1, sends=sends)
    for part in (node.get("items"), *node.get("allOf", ()), *node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _codes(part, root, depth + 1, sends=sends)


def _may_be_text(schema: Mapping[str, Any]) -> bool:
    """Whether a code fits: not in a yes or no, and a list or an object only holds further members, which are read too."""
    kinds = schema.get("type")
    named = {kinds} if isinstance(kinds, str) else {*kinds} if isinstance(kinds, (list, tuple)) else set()
    return not named or not named <= {"boolean", "array", "object", "null"}
