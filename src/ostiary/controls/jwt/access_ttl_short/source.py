"""Code that issues access tokens for more than an hour or for ever, or that does not care when they ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Assignment, Call, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity
from ostiary.parts.code import jose
from ostiary.parts.code.jose.ending import life
from ostiary.parts.code.judging import Fault, judged
from ostiary.parts.code.lifetimes import named_unit, seconds_of, spoken

CEILING: Final = 3600.0  # seconds; what the requirement allows at most
DAY: Final = 86_400.0
_SETTING: Final = re.compile(
    r"(?i)(?:^|_|\.)(?:access_?token|jwt_?(?:access)?|auth_?token|token)_?(?:token_?)?(?:expir\w*|life_?time|ttl|max_?age|validity|valid_?for|duration)\w*$"
)
_OTHER: Final = re.compile(
    r"(?i)refresh|reset|verif|confirm|e?mail|invit|activat|remember|id_?token|csrf|leeway|skew|cookie|sliding|device|link|magic|otp|code"
)
_EXTENDED: Final = ("flask_jwt_extended.create_access_token", "fastapi_jwt_auth.AuthJWT().create_access_token")
NEVER: Final = "an access token is issued that never ends"
IGNORED: Final = "tokens are accepted after they ended"


async def audit_source(tree: Tree) -> Finding:
    """Look at what issues tokens, at settings of their life, and at checks that are switched off."""
    faults: list[Fault] = [*_settings(tree), *_ignored(tree)]
    sound: list[Spot] = [each for each in _named(tree) if _is_short(_length(each))]
    undecided = 0
    for signing in jose.signings(tree):
        if jose.purpose(signing.call):
            continue
        seconds, is_said = life(signing)
        if seconds is not None:
            fault = _too_long(signing.call, seconds)
            faults += [fault] if fault is not None else []
            sound += [signing.call] if fault is None else []
        elif not is_said and not signing.open:
            faults.append(Fault(signing.call, NEVER))
        else:
            undecided += 1
    for call, seconds in _registered(tree):
        fault = _too_long(call, seconds)
        faults += [fault] if fault is not None else []
        sound += [call] if _is_short(seconds) else []
    faults += _extended(tree)
    return judged(
        tree,
        faults,
        sound=sound,
        holds="access tokens end within an hour",
        nothing="call that issues a JWT",
        undecided="how long the tokens that are issued live was not seen"
        if (undecided or jose.used(tree)) and not sound
        else "",
        proof="A token that was stolen opens everything until it ends.",
    )


def _extended(tree: Tree) -> Iterator[Fault]:
    for call in tree.code.calls(*_EXTENDED):
        given = call.argument(None, "expires_delta", "expires_time")
        seconds = seconds_of(given, number=1.0)
        if given is not None and given.literal is False:
            yield Fault(call, NEVER)
        elif seconds is not None and (fault := _too_long(call, seconds)) is not None:
            yield fault


def _registered(tree: Tree) -> Iterator[tuple[Call, float]]:
    """NestJS: what its module is told for all tokens."""
    for call in tree.code.calls("*JwtModule.register"):
        options = call.argument(None, "signOptions")
        seconds = seconds_of(options.pairs.get("expiresIn"), number=1.0) if options is not None else None
        if seconds is not None:
            yield call, seconds


def _too_long(spot: Spot, seconds: float) -> Fault | None:
    if seconds <= CEILING:
        return None
    graded = Severity.MEDIUM if seconds <= DAY else None
    return Fault(spot, f"an access token lives {spoken(seconds)}", Confidence.FIRM, graded)


def _is_short(seconds: float | None) -> bool:
    return seconds is not None and 0 < seconds <= CEILING


def _named(tree: Tree) -> Iterator[Assignment]:
    """Settings whose name says that they are the life of access tokens."""
    if not jose.used(tree):
        return
    for module in tree.code.modules:
        for each in module.assignments:
            is_setting = (each.function is None or "." in each.name) and _SETTING.search(each.name)
            if is_setting and not _OTHER.search(each.name):
                yield each


def _length(assignment: Assignment) -> float | None:
    unit = named_unit(assignment.name)
    if unit is None and re.search(r"JWT_ACCESS_TOKEN_EXPIRES$", assignment.name):
        unit = 1.0  # Flask-JWT-Extended counts seconds
    return _with_default(assignment.value, unit)


def _with_default(value: Value, unit: float | None) -> float | None:
    """What a setting is when the environment says nothing, too."""
    seconds = seconds_of(value, number=unit)
    call = value.call
    while seconds is None and call is not None:
        inner = call.argument(1, "default") or (
            call.args[0] if call.method in {"int", "float", "parseInt", "Number"} and call.args else None
        )
        if inner is None:
            return None
        literal = inner.literal
        if isinstance(literal, str) and literal.isdigit() and unit is not None:
            return float(literal) * unit
        seconds, call = seconds_of(inner, number=unit), inner.call
    return seconds


def _settings(tree: Tree) -> Iterator[Fault]:
    for each in _named(tree):
        seconds = _length(each)
        if each.last == "JWT_ACCESS_TOKEN_EXPIRES" and each.value.literal is False:
            yield Fault(each, NEVER)
        elif seconds is not None and (fault := _too_long(each, seconds)) is not None:
            yield fault


def _ignored(tree: Tree) -> Iterator[Fault]:
    for each in jose.verifications(tree):
        if each.off or _is_about_the_end(each.call):
            continue
        exp = each.options.get("verify_exp") or each.options.get("verify_expiration")
        ignored = each.options.get("ignoreExpiration")
        if (exp is not None and exp.literal is False) or (ignored is not None and ignored.literal is True):
            yield Fault(each.call, IGNORED, Confidence.CERTAIN)


def _is_about_the_end(call: Call) -> bool:
    """Whether a function renews or ends tokens, where it is right to read those that ended."""
    told = f"{call.function.name if call.function is not None else ''} {call.text}"
    return re.search(r"(?i)refresh|log_?out|revoke|renew|expired|blacklist|sign_?out", told) is not None
