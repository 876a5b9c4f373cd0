"""Limits in code on signing in, asking for codes and redeeming them, and by what they count."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.code import Route
from ostiary.evidence.tree import Tree
from ostiary.model import Finding, not_applicable, passed, unknown
from ostiary.parts.code.judging import read
from ostiary.parts.code.sign_in import by_kind, in_pages

_LIMITER: Final = re.compile(r"(?i)limit|throttl|slow_?down|brute|axes|defender|lock_?out")
_BY_ACCOUNT: Final = re.compile(
    r"(?i)(?:post|data|body|form|json|field):(?:user|e?mail|login|phone)|(?:key|by)\w*['\"]?\s*(?:=|:|=>|\().{0,80}(?:body|form|json|input|params|request)\b.{0,40}(?:user|e?mail|login|phone|account)"
)


async def audit_source(tree: Tree) -> Finding:
    """Find the operations, and what stands before each of them."""
    found = by_kind(tree)
    page = in_pages(tree)
    if not found and page:
        return unknown(f"people sign in at {page}, and whether attempts are limited was not seen")
    if not found:
        return not_applicable(f"no operation that signs in, sends or takes codes, in {read(tree)}")
    routes = [each for listed in found.values() for each in listed]
    limited = [each for each in routes if _limits(each)]
    counted = [each for each in limited if any(_BY_ACCOUNT.search(text) for text in _told(tree, each))]
    if len(counted) == len(routes):
        shown = [tree.show(each.place, "limited by account") for each in counted[:4]]
        return passed(f"{len(routes)} operations ({', '.join(found)}) are limited by account", *shown)
    open_doors = [each for each in routes if each not in limited]
    if open_doors:
        shown = [tree.show(each.place, "no limit is seen before this") for each in open_doors[:4]]
        return unknown(
            f"{len(open_doors)} of {len(routes)} operations ({', '.join(found)}) have no limit of their own that is seen; a gateway may hold one",
            *shown,
        )
    shown = [tree.show(each.place, "a limit; by what it counts was not seen") for each in limited[:4]]
    return unknown("every operation is limited, and whether by account or only by address was not seen", *shown)


def _limits(route: Route) -> bool:
    function = route.function
    decorated = function is not None and any(_LIMITER.search(each.name) for each in function.decorators)
    return decorated or any(map(_LIMITER.search, route.guards))


def _told(tree: Tree, route: Route) -> list[str]:
    function = route.function
    decorators = [each.text for each in function.decorators] if function is not None else []
    names = {each.rpartition(".")[2].partition("(")[0] for each in route.guards if _LIMITER.search(each)}
    made = [each.text for name in names if name for each in tree.code.assignments(f".{name}")]
    options = [
        value.text
        for name in names
        if name
        for each in tree.code.assignments(f".{name}")
        if each.value.call is not None
        for value in each.value.call.args
    ]
    return [*decorators, *made, *options]
