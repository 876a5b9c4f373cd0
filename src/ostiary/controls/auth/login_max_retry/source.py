"""Limits on attempts that stand before sign-in in the code, and by what they count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Function, Route, Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Finding, not_applicable, passed, unknown
from ostiary.parts.code.judging import read

_SIGN_IN: Final = re.compile(
    r"(?i)(?:^|[/_.-])(?:log_?in|sign_?in|authenticate|token|obtain_?token|access-token|sessions?)(?:[/_.-]|$)"
)
_NOT: Final = re.compile(r"(?i)refresh|revoke|log_?out|verify|callback|status|oauth/authorize|csrf|register|sign_?up")
_LIMITER: Final = re.compile(r"(?i)limit|throttl|slow_?down|brute|axes|defender|lock_?out|attempts?|max_?tries|captcha")
_COUNTING: Final = re.compile(
    r"(?i)failed_?(?:log_?in|attempt)|log_?in_?(?:attempts?|fail)|lock(?:ed)?_?(?:until|out|account)|attempt_?count|max_?attempts|is_?locked|account_?locked|record_?failure"
)


async def audit_source(tree: Tree) -> Finding:
    """Find sign-in, and what counts attempts at it."""
    doors = [each for each in tree.code.routes if _is_sign_in(each)]
    locking = list(_locking(tree))
    if locking:
        shown = [tree.show(each.place, "failed attempts at an account are counted") for each in locking[:3]]
        return passed("a library counts failed attempts by account and locks it", *shown)
    counting = list(_counted(tree))
    if counting:
        shown = [tree.show(each.place, "attempts seem to be counted here") for each in counting[:3]]
        return unknown("attempts seem to be counted, and whether guesses are refused by that was not seen", *shown)
    if not doors:
        return not_applicable(f"no operation that signs people in, in {read(tree)}")
    limited = [each for each in doors if any(map(_LIMITER.search, each.guards)) or _is_limited(tree, each.function)]
    if limited:
        limits = [tree.show(each.place, "a limit stands here; by what it counts was not seen") for each in limited[:3]]
        return unknown("sign-in is limited, and whether by account or only by address was not seen", *limits)
    where = [tree.show(each.place, "people sign in here, and nothing is seen to count attempts") for each in doors[:3]]
    return unknown("nothing in the code counts attempts to sign in; a gateway may do it", *where)


def _is_sign_in(route: Route) -> bool:
    name = route.function.name if route.function is not None else ""
    posts = not route.methods or "POST" in route.methods or "ANY" in route.methods
    return posts and any(_SIGN_IN.search(each) and not _NOT.search(each) for each in (route.route, name))


def _locking(tree: Tree) -> Iterator[Spot]:
    """Where django-defender, or django-axes told to count by account, is switched on."""
    by_account = list(
        tree.code.assignments(
            "AXES_LOCKOUT_PARAMETERS", "AXES_ONLY_USER_FAILURES", "AXES_LOCK_OUT_BY_COMBINATION_USER_AND_IP"
        )
    )
    counted = [each for each in by_account if each.value.literal is True or "username" in str(each.value.literal)]
    for each in tree.code.assignments("INSTALLED_APPS"):
        literal = each.value.literal
        names = {one for one in literal if isinstance(one, str)} if isinstance(literal, (list, tuple)) else set()
        if "defender" in names or ("axes" in names and counted):
            yield each


def _counted(tree: Tree) -> Iterator[Spot]:
    """Assignments and calls whose names count failures of an account."""
    for module in tree.code.modules:
        for each in module.assignments:
            if each.function is not None and "." in each.name and _COUNTING.search(each.last):
                yield each
        for call in module.calls:
            if _COUNTING.search(call.method) and call.function is not None:
                yield call


def _is_limited(tree: Tree, function: Function | None) -> bool:
    if function is None:
        return False
    decorated = any(_LIMITER.search(each.name) for each in function.decorators)
    calls: list[Call] = tree.remember(
        "limiters", lambda: [each for each in tree.code.calls() if _LIMITER.search(each.name)]
    )
    return decorated or any(each.function is function for each in calls)
