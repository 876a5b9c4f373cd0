"""Tokens that reset passwords, in code: signed ones by libraries, stored ones by the functions that redeem them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.code import Assignment, Call, Function, Language, Module, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.parts.code import jose
from ostiary.parts.code.credentials import spaced
from ostiary.parts.code.jose.ending import life
from ostiary.parts.code.lifetimes import named_unit, seconds_of

_RESET: Final = re.compile(r"reset|forg[oe]t|recover")
_PASSWORD: Final = re.compile(r"pass(?:word|wd|code)?|pwd|account|token|email")
_SIGNERS: Final = ("URLSafeTimedSerializer", "TimedSerializer", "TimedJSONWebSignatureSerializer", "URLSafeSerializer")
_SETTING: Final = re.compile(
    r"(?i)(?:reset_?(?:password_?)?(?:token|link|code)?|password_?reset_?(?:token|link|code)?|forgot_?password)_?(?:expir\w*|life_?time|ttl|max_?age|validity|valid_?for|timeout|within)\w*$"
)
_LOOKS: Final = re.compile(
    r"(?i)(?:find|filter|where|select|get|first|query|lookup|load)\w*\b.{0,120}(?:reset|recover|forgot)\w{0,20}_?(?:token|code|hash|key|digest)"
)
_SETS: Final = re.compile(
    r"(?i)\bset_?password\b|update_?password|(?:\.|->|^\s*|['\"])(?:new_?)?(?:hashed_?)?password\w*['\"]?\s*(?:=>?|:)(?!=)|password_hash\(|\.hash\(|set\w*Password\("
)
_BOUND: Final = re.compile(
    r"(?i)jti|nonce|hash|finger|version|stamp|(?<!reset_)password(?!_?reset)|last_?log|updated|salt_?of|generation|uuid|random"
)
_DENIED: Final = re.compile(
    r"(?i)(?:black|deny|block)_?list|revoked|used_?(?:reset_?)?tokens?|consumed|invalidat\w*token"
)
_ENDING: Final = re.compile(r"(?i)expir|valid_?until|created|timedelta|\bnow\b|Date\.now|new Date|max_?age|\bttl\b|isAfter|isBefore|\btime\(|\bago\b|older")  # fmt: skip
_USING_UP: Final = re.compile(
    r"(?i)delete|destroy|remove|unset|\bdel\b|used|consum|invalid|revoke|clear|\bpop\b|expire|=>?\s*(?:null|None|nil|undefined|''|\"\")|:\s*(?:null|None|undefined|nil|''|\"\")|(?:set\w*Token|\w*token\w*)\(\s*(?:null|nil)?\s*\)"
)
_STORES: Final = re.compile(
    r"(?i)\.(?:reset|recover)\w*(?:token|code)\w*\s*=[^=]|\.save\(|(?<!JWT)\.create\(|\.insert|\.update\w*\("
)
_MENTIONED: Final = re.compile(
    r"(?:reset|forg[oe]t|recover)_?(?:my_?)?pass(?:word|wd)|pass(?:word|wd)_?(?:reset|recover)"
)
_LONGEST_FUNCTION: Final = 120  # lines


@dataclass(frozen=True, slots=True)
class Term:
    """How long a reset token lives: ``seconds`` None and ``said`` False: for ever; ``said`` True: that was not seen."""

    spot: Spot
    seconds: float | None
    said: bool = True
    enforced: bool = True  # by a library; False: a number that something may or may not look at


@dataclass(frozen=True, slots=True)
class Redeemer:
    """A function that looks a stored token up and sets a password."""

    function: Function
    compares_time: bool
    uses_up: bool


def is_reset(call: Call) -> bool:
    """Whether a call is about the reset of a password, by its function, its line and its arguments."""
    given = " ".join(
        str(each.literal) for each in (*call.args, *call.keywords.values()) if isinstance(each.literal, str)
    )
    told = spaced(f"{call.function.name if call.function is not None else ''} {call.text} {given}")
    return _RESET.search(told) is not None and _PASSWORD.search(told) is not None and "refresh" not in told


def terms(tree: Tree) -> Iterator[Term]:
    """How long reset tokens live, wherever code says so or fails to."""
    for signing in jose.signings(tree):
        if is_reset(signing.call) and jose.purpose(signing.call) != "refresh":
            seconds, said = life(signing)
            yield Term(signing.call, seconds, said or signing.open)
    for name in _SIGNERS:
        for call in tree.code.calls(f"itsdangerous.{name}().loads", f"itsdangerous.url_safe.{name}().loads"):
            if is_reset(call) and not call.spread:
                age = call.argument(1, "max_age") if "Timed" in name else None
                by_itself = name == "TimedJSONWebSignatureSerializer"
                yield Term(call, seconds_of(age, number=1.0), age is not None or by_itself)
    yield from _settings(tree)


def _settings(tree: Tree) -> Iterator[Term]:
    for module in tree.code.modules:
        for each in module.assignments:
            if (each.function is None or "." in each.name) and _SETTING.search(each.last):
                seconds = _length(each)
                if seconds is not None:
                    yield Term(each, seconds, enforced=each.last.startswith("PASSWORD_RESET_TIMEOUT"))
    for call in tree.code.calls("config.reset_password_within", languages=[Language.RUBY]):
        seconds = _ruby(call)
        if seconds is not None:
            yield Term(call, seconds)


def _length(assignment: Assignment) -> float | None:
    name = assignment.last
    unit = named_unit(name)
    if unit is None and name == "PASSWORD_RESET_TIMEOUT":
        unit = 1.0  # Django counts seconds
    return seconds_of(assignment.value, number=unit)


_RUBY: Final = re.compile(r"=\s*(\d{1,6})\.(minute|hour|day|week|month|year)s?\b")
_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_629_800, "year": 31_557_600}


def _ruby(call: Call) -> float | None:
    match = _RUBY.search(call.text)
    return float(int(match[1]) * _SECONDS[match[2]]) if match is not None else None


def reusable(tree: Tree) -> Iterator[Call]:
    """Signed reset tokens in which nothing can be used up: no number of their own, nothing of the password they replace."""
    if any(_DENIED.search(name) for module in tree.code.modules for name in _names(module)):
        return
    for signing in jose.signings(tree):
        if not signing.claims or signing.open or not is_reset(signing.call):
            continue
        values = [each for each in (signing.key, *signing.claims.values()) if each is not None]
        is_named = any(_BOUND.search(spaced(name)) for name in signing.claims)
        if not is_named and not any(map(_is_bound, values)) and not _is_kept(tree, signing.call):
            yield signing.call


def _names(module: Module) -> Iterator[str]:
    yield from (each.name for each in module.calls)
    yield from (each.name for each in module.assignments)
    yield from (each.name for each in module.classes)


def _is_bound(value: Value) -> bool:
    told = [value, *value.parts]
    return any(_BOUND.search(spaced(each.name)) or _BOUND.search(spaced(each.text)) for each in told)


def _is_kept(tree: Tree, call: Call) -> bool:
    """Whether the function that makes a token stores it, so that it can be struck out."""
    return any(_STORES.search(line) for line in _lines(tree, call.function))


def redeemers(tree: Tree) -> Iterator[Redeemer]:
    """Functions that look a stored token up and set a password."""
    for function in tree.code.functions():
        named = spaced(function.name)
        if not (_RESET.search(named) and _PASSWORD.search(named)):
            continue
        lines = list(_lines(tree, function))
        if any(map(_LOOKS.search, lines)) and any(map(_SETS.search, lines)):
            yield Redeemer(function, any(map(_ENDING.search, lines)), any(map(_USING_UP.search, lines)))


def mentioned(tree: Tree) -> str:
    """A place by whose name passwords seem to be reset there; empty: there is none."""
    for module in tree.code.modules:
        if _MENTIONED.search(spaced(module.path)) and not jose.is_front_end(tree, module.path):
            return module.path
        for function in module.functions:
            if _MENTIONED.search(spaced(function.name)) and not jose.is_front_end(tree, module.path):
                return function.place
    return ""


def _lines(tree: Tree, function: Function | None) -> Iterator[str]:
    if function is not None:
        for number in range(function.line, min(function.end, function.line + _LONGEST_FUNCTION) + 1):
            yield tree.line(function.path, number)


def by_library(tree: Tree) -> list[Spot]:
    """Where a library makes reset tokens that end with the password they replace."""
    return [
        *tree.code.calls("*PasswordResetConfirmView.as_view", "django.contrib.auth.tokens.default_token_generator.check_token", "*default_token_generator.check_token"),
        *tree.code.calls("Password.reset", "Illuminate.Support.Facades.Password.reset"),
        *(each for each in tree.code.calls("devise", languages=[Language.RUBY]) if any(one.literal == "recoverable" for one in each.args)),
        *tree.code.classes("*PasswordResetTokenGenerator"),
    ]  # fmt: skip
