"""The document itself promises a password: a reply's schema has the field, and nothing says that it is only written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ostiary.evidence import Spec
from ostiary.model import Evidence, Finding, Operation, Severity, failed, not_applicable, passed
from ostiary.parts.seen.fields import resolve
from ostiary.parts.seen.secrets import is_password_name

MOST_DEEP = 6


async def audit_spec(spec: Spec) -> Finding:
    """Walk the schemas of successful JSON replies."""
    found: list[Evidence] = []
    looked = 0
    for operation in spec.api.operations:
        for status, content in operation.replies.items():
            if not status.startswith("2"):
                continue
            for media, each in content.items():
                if "json" in media and each.schema is not None:
                    looked += 1
                    names = _passwords(each.schema.fragment, each.schema.root, 0)
                    found += [_evidence(spec, operation, each.schema.pointer, name) for name in names]
    if found:
        why = f"{found[0].what} ({len(found)} in all)"  # whether a reply holds it, the document does not prove
        return failed(why, *found[:5], severity=Severity.MEDIUM)
    if not looked:
        return not_applicable("no operation declares a JSON reply")
    return passed(f"no password among the fields of {looked} declared replies")


def _evidence(spec: Spec, operation: Operation, pointer: str, name: str) -> Evidence:
    return spec.at(pointer or operation.pointer, f"the reply of {operation.key} declares {name!r} without writeOnly")


def _passwords(schema: Any, root: Mapping[str, Any], depth: int) -> list[str]:
    schema = resolve(schema, root)
    if not isinstance(schema, Mapping) or depth > MOST_DEEP:
        return []
    found = []
    for name, each in schema.get("properties", {}).items():
        declared = resolve(each, root)
        if not isinstance(declared, Mapping):
            continue
        kinds = declared.get("type", "string")
        if is_password_name(name) and "string" in ([kinds] if isinstance(kinds, str) else kinds):
            found += [] if declared.get("writeOnly") is True else [name]
        else:
            found += _passwords(declared, root, depth + 1)
    for inner in (schema.get("items"), *(schema.get("allOf", ())), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found += _passwords(inner, root, depth + 1)
    return list(dict.fromkeys(found))
