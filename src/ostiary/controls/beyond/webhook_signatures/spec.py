"""What the API calls back, and what it declares as webhooks, carries a signature that the document names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.evidence import Spec
from ostiary.model import Finding, Severity, failed, not_applicable, passed
from ostiary.parts.seen.deliveries import signature_of, signs

_METHODS: Final = frozenset({"post", "put", "patch"})


async def audit_spec(spec: Spec) -> Finding:
    """Read the webhooks and callbacks sections."""
    components = spec.document.get("components")
    parameters = components.get("parameters") if isinstance(components, Mapping) else None
    parameters = parameters if isinstance(parameters, Mapping) else {}
    found = list(_outgoing(spec.document))
    bare = [pointer for pointer, operation in found if not signs(operation, parameters)]
    if bare:
        shown = [spec.at(each, "a webhook is declared without a signature header") for each in bare]
        return failed(
            f"{len(bare)} of {len(found)} declared webhooks name no signature", *shown[:5], severity=Severity.MEDIUM
        )
    receivers = [each for each in spec.api.operations if signature_of(each)]
    if not found and not receivers:
        return not_applicable("the document declares no webhook, no callback and no receiver of signed deliveries")
    return passed(f"{len(found)} webhooks and {len(receivers)} receivers declare a signature header")


def _outgoing(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    hooks = document.get("webhooks")
    for name, item in hooks.items() if isinstance(hooks, Mapping) else ():
        yield from _operations(item, f"/webhooks/{name}")
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, Mapping) else ():
        for method, operation in item.items() if isinstance(item, Mapping) else ():
            callbacks = operation.get("callbacks") if isinstance(operation, Mapping) else None
            for name, each in callbacks.items() if isinstance(callbacks, Mapping) else ():
                for expression, target in each.items() if isinstance(each, Mapping) else ():
                    at = f"/paths/{path.replace('/', '~1')}/{method}/callbacks/{name}/{expression.replace('/', '~1')}"
                    yield from _operations(target, at)


def _operations(item: Any, at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for method, operation in item.items() if isinstance(item, Mapping) else ():
        if method in _METHODS and isinstance(operation, Mapping):
            shared = item.get("parameters", [])
            yield f"{at}/{method}", {**operation, "parameters": [*shared, *operation.get("parameters", [])]}
