"""Operations in code: where an application guards most of them, none that changes something or names an object is left out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from ostiary.controls.processing.all_endpoints_authenticated.spec import BEFORE
from ostiary.evidence.code import Route
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged

_GUARD: Final = re.compile(
    r"(?i)auth|log(?:ged)?_?in|jwt|token|permission|permit|current_?user|get_?user|principal|session_?required|guard|protect|secur|role|admin|owner|"
    r"\bacl\b|policy|passport|clerk|cognito|keycloak|require_?user|ensure|verify_?(?:user|key|api)|api_?key|bearer|credential|identity|member|staff"
)
_NO_GUARD: Final = re.compile(
    r"(?i)csrf|antiforgery|oauth2passwordrequestform|rate|throttl|valid(?:ate|ator|ation)|author(?:s|_repo)?$|token_?repo|get_?settings|session$|get_?db|database"
)
_OPEN: Final = re.compile(
    r"(?i)public|open|status|ping|version|metric|docs|swagger|static|assets|\.well-known|jwks|robots|favicon|callback|anonym|guest|demo|seed|createdb|"
    r"unsubscribe|track|webhook|feed|sitemap|locale|i18n|join|invite|magic|share"
)
_WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_MOST: Final = 0.6  # of an application's operations are guarded: then it guards as a rule
_LEAST: Final = 3


async def audit_source(tree: Tree) -> Finding:
    """Compare each operation with what its application does as a rule."""
    routes = tree.code.routes
    faults: list[Fault] = []
    guarded: list[Route] = []
    for group in _applications(routes):
        closed = [each for each in group if _is_guarded(tree, each)]
        if len(closed) < _LEAST or len(closed) < _MOST * len([each for each in group if not _is_public(each)]):
            continue
        guarded += closed
        for route in group:
            if route not in closed and _matters(route) and not _is_public(route):
                sure = Confidence.TENTATIVE if route.open_end or route.function is None else Confidence.FIRM
                faults.append(Fault(route, "an operation is left without what guards the others", sure))
    return judged(
        tree,
        faults,
        sound=guarded,
        holds="an operation that something guards",
        nothing="operation that a known framework serves",
        undecided=""
        if guarded or not routes
        else f"none of {len(routes)} operations has a guard that is seen; it may stand elsewhere",
        proof="Of the same application most operations name a guard, this one names none.",
    )


def _applications(routes: Sequence[Route]) -> list[list[Route]]:
    found: dict[tuple[str, str], list[Route]] = defaultdict(list)
    for each in routes:
        found[each.framework, each.path.partition("/")[0] if "/" in each.path else ""].append(each)
    return list(found.values())


def _matters(route: Route) -> bool:
    return bool(_WRITES & set(route.methods)) or bool(route.parameters)


def _is_public(route: Route) -> bool:
    name = route.function.name if route.function is not None else ""
    return any(pattern.search(text) for pattern in (BEFORE, _OPEN) for text in (route.route, name))


def _is_guarded(tree: Tree, route: Route) -> bool:
    if any(_GUARD.search(each) and not _NO_GUARD.search(each.rpartition(".")[2]) for each in route.guards):
        return True
    function = route.function
    if function is None:
        return False
    if any(
        _GUARD.search(f"{name} {typed}") and not _NO_GUARD.search(name) for name, typed in function.parameters.items()
    ):
        return True
    module = next((each for each in tree.code.modules if each.path == function.path), None)
    inside = [each for each in module.calls if function.line <= each.line <= function.end] if module is not None else []
    return any(_GUARD.search(f"{each.name} {each.text}") for each in inside if each.function is function)
