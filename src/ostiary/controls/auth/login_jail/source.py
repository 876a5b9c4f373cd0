"""Locks after failed sign-ins that libraries keep: for how long, and who lets people in again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Assignment, Language, Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Evidence, Finding, failed, not_applicable, passed, unknown
from ostiary.parts.code.judging import read
from ostiary.parts.code.sign_in import doors, in_pages

_JAILS: Final = re.compile(r"(?im)^\s*(?:filter|failregex|maxretry)\s*=")
_TERM: Final = re.compile(r"(?im)^\s*bantime\s*=\s*(-?\d+)")
_DEVISE_NONE: Final = re.compile(r"unlock_strategy\s*=\s*:none\b")
FOR_EVER: Final = "an account that was locked stays locked until somebody lets it go: no term is set"


async def audit_source(tree: Tree) -> Finding:
    """Look for locks of django-axes, django-defender, Devise, Rack::Attack, rate-limiter-flexible and fail2ban."""
    endless = list(_endless(tree))
    if endless:
        return failed(
            FOR_EVER,
            *(tree.show(each.place, FOR_EVER) for each in endless[:3]),
            places=tuple(each.place for each in endless),
            proof="Whoever knows a name locks its owner out for good.",
        )
    held = [tree.show(each.place, "a lock that ends by itself") for each in _held(tree)] + list(_fail2ban(tree))
    if held:
        return passed("who fails too often is locked out for a term that ends by itself", *held[:3])
    found = doors(tree)
    page = in_pages(tree)
    if not found and page:
        return unknown(f"no lock after failed sign-ins was seen; people sign in at {page}")
    if not found:
        return not_applicable(f"no operation that signs people in, in {read(tree)}")
    shown = [tree.show(each.place, "people sign in here, and nothing is seen to lock them out") for each in found[:3]]
    return unknown("no lock after failed sign-ins was seen in the code; a gateway or fail2ban may keep one", *shown)


def _axes(tree: Tree) -> list[Assignment]:
    installed = tree.code.assignments("INSTALLED_APPS", languages=[Language.PYTHON])
    return [
        each for each in installed if isinstance(each.value.literal, (list, tuple)) and "axes" in each.value.literal
    ]


def _endless(tree: Tree) -> Iterator[Spot]:
    cooling = tree.code.assignments(".AXES_COOLOFF_TIME", "AXES_COOLOFF_TIME")
    installed = _axes(tree)
    if cooling and all(each.value.literal is None for each in cooling):
        yield from cooling
    elif installed and not cooling:
        yield from installed
    for call in tree.code.calls("config.unlock_strategy", languages=[Language.RUBY]):
        if _DEVISE_NONE.search(call.text):
            yield call


def _held(tree: Tree) -> Iterator[Spot]:
    yield from (each for each in tree.code.assignments("AXES_COOLOFF_TIME") if each.value.literal is not None)
    yield from tree.code.assignments("DEFENDER_COOLOFF_TIME", "DEFENDER_LOCKOUT_COOLOFF_TIME")
    yield from tree.code.calls(
        "Rack.Attack.Fail2Ban.filter", "Rack.Attack.Allow2Ban.filter", "Fail2Ban.filter", "Allow2Ban.filter"
    )
    for call in tree.code.calls(
        "rate-limiter-flexible.RateLimiter*", "RateLimiterRedis", "RateLimiterMemory", "RateLimiterMongo"
    ):
        term = call.argument(None, "blockDuration")
        if term is not None and term.literal != 0 and "Memory" not in call.name:
            yield call
    lockable = [
        each
        for each in tree.code.calls("devise", languages=[Language.RUBY])
        if any(one.literal == "lockable" for one in each.args)
    ]
    timed = any(
        re.search(r"unlock_in\s*=|:(?:time|both)\b", each.text)
        for each in tree.code.calls("config.unlock_in", "config.unlock_strategy")
    )
    yield from lockable if timed else ()


def _fail2ban(tree: Tree) -> Iterator[Evidence]:
    for file in tree.named("jail.local", "*fail2ban*/jail.d/*.conf", "*fail2ban*/jail.d/*.local")[:10]:
        text = tree.text(file)
        term = _TERM.search(text)
        if _JAILS.search(text) and (term is None or not term[1].startswith("-")):
            line = text.count("\n", 0, term.start()) + 1 if term is not None else 1
            yield tree.show(f"{file.path}:{line}", "a jail of fail2ban")
