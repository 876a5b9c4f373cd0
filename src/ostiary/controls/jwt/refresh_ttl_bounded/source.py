"""Refresh tokens that code issues for ever or for longer than a quarter, or that a library is told to take again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Assignment, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity
from ostiary.parts.code import jose
from ostiary.parts.code.jose.ending import life
from ostiary.parts.code.judging import Fault, judged
from ostiary.parts.code.lifetimes import named_unit, seconds_of, spoken

CEILING: Final = 90 * 86_400.0  # seconds: what is suggested as the absolute limit
YEAR: Final = 366 * 86_400.0
_SETTING: Final = re.compile(
    r"(?i)refresh_?(?:jwt_?)?(?:token)?_?(?:token_?)?(?:expir\w*|life_?time|ttl|max_?age|validity|valid_?for|duration)\w*$"
)
_OTHER: Final = re.compile(r"(?i)threshold|interval|leeway|grace|cache|page|before|cookie|at$")
_EXTENDED: Final = ("flask_jwt_extended.create_refresh_token", "fastapi_jwt_auth.AuthJWT().create_refresh_token")
_RENEWING: Final = ("*TokenRefreshView.as_view", "*.TokenRefreshView", "*TokenRefreshSlidingView.as_view")
NEVER: Final = "a refresh token is issued that never ends"
AGAIN: Final = "a refresh token works again after it was redeemed: it is not replaced, or the old one is not refused"


async def audit_source(tree: Tree) -> Finding:
    """Look at what issues refresh tokens, and at settings of their life and of what becomes of old ones."""
    faults: list[Fault] = []
    bounded: list[Spot] = []
    unseen = 0
    for spot, seconds, is_said in (*_issued(tree), *_settings(tree)):
        if seconds is None and is_said:
            unseen += 1
        elif seconds is None:
            faults.append(Fault(spot, NEVER))
        elif seconds > CEILING:
            graded = None if seconds > YEAR else Severity.MEDIUM
            faults.append(Fault(spot, f"a refresh token lives {spoken(seconds)}", Confidence.FIRM, graded))
        else:
            bounded.append(spot)
    kept, replaced = _replacing(tree)
    faults += [Fault(each, AGAIN) for each in kept]
    ends = f"refresh tokens end ({bounded[0].place}), and " if bounded else ""
    undecided = f"{ends}whether each use replaces them and ends the old ones was not seen"
    return judged(
        tree,
        faults,
        sound=replaced,
        holds="refresh tokens are replaced when they are used, and the old ones are refused",
        nothing="refresh token that is issued",
        undecided=undecided if (bounded or unseen) and not (replaced and bounded) else "",
        proof="A refresh token that was stolen gives new access for as long as it lives.",
    )


def _issued(tree: Tree) -> Iterator[tuple[Spot, float | None, bool]]:
    for signing in jose.signings(tree):
        if jose.purpose(signing.call) != "refresh" or jose.is_front_end(tree, signing.call.path):
            continue
        seconds, is_said = life(signing)
        yield signing.call, seconds, is_said or signing.open
    for call in tree.code.calls(*_EXTENDED):
        given = call.argument(None, "expires_delta", "expires_time")
        if given is not None:
            yield call, seconds_of(given, number=1.0), given.literal is not False


def _settings(tree: Tree) -> Iterator[tuple[Spot, float | None, bool]]:
    if not jose.used(tree):
        return
    for module in tree.code.modules:
        for each in module.assignments:
            if (each.function is None or "." in each.name) and _is_life(each.last):
                if each.value.literal is False and each.last == "JWT_REFRESH_TOKEN_EXPIRES":
                    yield each, None, False
                else:
                    yield each, _length(each.last, each.value), True
            elif each.last == "SIMPLE_JWT" and "REFRESH_TOKEN_LIFETIME" in each.value.pairs:
                value = each.value.pairs["REFRESH_TOKEN_LIFETIME"]
                yield _at(each, value), _length("REFRESH_TOKEN_LIFETIME", value), True


def _is_life(name: str) -> bool:
    return _SETTING.search(name) is not None and _OTHER.search(name) is None


def _length(name: str, value: Value) -> float | None:
    unit = named_unit(name)
    if unit is None and name == "JWT_REFRESH_TOKEN_EXPIRES":
        unit = 1.0  # Flask-JWT-Extended counts seconds
    return seconds_of(value, number=unit)


def _at(assignment: Assignment, value: Value) -> Spot:
    return Spot(path=assignment.path, line=value.line or assignment.line, language=assignment.language)


def _replacing(tree: Tree) -> tuple[list[Spot], list[Spot]]:
    """Settings of SimpleJWT by which old refresh tokens work on, and those by which they do not."""
    settings = [each for each in tree.code.assignments("SIMPLE_JWT") if each.value.pairs]
    if not settings or not (
        tree.code.calls(*_RENEWING) or tree.code.imports("rest_framework_simplejwt.views.TokenRefreshView")
    ):
        return [], []
    kept: list[Spot] = []
    replaced: list[Spot] = []
    for each in settings:
        given = [each.value.pairs.get(name) for name in ("ROTATE_REFRESH_TOKENS", "BLACKLIST_AFTER_ROTATION")]
        if any(one is None or one.literal is False for one in given):
            kept.append(each)
        elif all(one is not None and one.literal is True for one in given):
            replaced.append(each)
    return kept, replaced
