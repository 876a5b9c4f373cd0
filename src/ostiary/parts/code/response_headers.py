"""Which headers that protect replies a framework is told to send, or not to send."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.code import Call, Code, Language
from ostiary.parts.deployment.opinion import Opinion

_YEAR: Final = 31_536_000  # seconds
_SAME: Final = re.compile(r"(?i)sameorigin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header and the switches of frameworks that belong to it, as each of them calls them."""

    name: str
    helmet: tuple[str, ...]  # members of helmet's options
    django: str = ""
    talisman: str = ""
    spring: str = ""
    sent_by_default: bool = False  # helmet and Django send it as it should be


NOSNIFF: Final = Header(
    name="X-Content-Type-Options",
    helmet=("noSniff", "xContentTypeOptions"),
    django="SECURE_CONTENT_TYPE_NOSNIFF",
    talisman="x_content_type_options",
    spring="contentTypeOptions",
    sent_by_default=True,
)
FRAMES: Final = Header(
    name="X-Frame-Options", helmet=("frameguard", "xFrameOptions"), talisman="frame_options", spring="frameOptions"
)
POLICY: Final = Header(
    name="Content-Security-Policy",
    helmet=("contentSecurityPolicy",),
    talisman="content_security_policy",
    spring="contentSecurityPolicy",
)
TRANSPORT: Final = Header(
    name="Strict-Transport-Security",
    helmet=("hsts", "strictTransportSecurity"),
    talisman="strict_transport_security",
    spring="httpStrictTransportSecurity",
)


def opinion_of(code: Code, header: Header) -> Opinion:
    """What frameworks are told of a header; where it is only set by hand, nobody knows whether every reply has it."""
    opinion = Opinion()
    _helmet(opinion, code, header)
    _talisman(opinion, code, header)
    _spring(opinion, code, header)
    _django(opinion, code, header)
    if opinion.empty:
        for place in _by_hand(code, header):
            opinion.undecided(place, f"{header.name} is set by hand; whether every reply has it is not read")
    return opinion


def _helmet(opinion: Opinion, code: Code, header: Header) -> None:
    for call in code.calls("helmet", "fastify-helmet", "@fastify/helmet", "koa-helmet"):
        off = [name for name in header.helmet if name in call.keywords and call.keywords[name].literal is False]
        given = next((call.keywords[name] for name in header.helmet if name in call.keywords), None)
        if off:
            opinion.fault(call.place, f"helmet is told not to send {header.name}")
        elif header.sent_by_default and not call.spread:
            opinion.good(call.place, f"helmet sends {header.name}")
        elif header is TRANSPORT and given is not None and "maxAge" in given.pairs:
            _age(opinion, call.place, given.pairs["maxAge"].literal)
        elif header is FRAMES:
            action = given.pairs.get("action") if given is not None else None
            denies = action is not None and str(action.literal).lower() == "deny"
            (opinion.good if denies else opinion.undecided)(
                call.place,
                "helmet denies frames"
                if denies
                else "helmet allows frames of the same origin unless told to deny them",
            )
        elif header is TRANSPORT:
            opinion.undecided(call.place, f"helmet sends {header.name}; for how long depends on its version")
        else:
            opinion.undecided(call.place, f"helmet sends its own {header.name}, which suits pages rather than an API")
    short = {"X-Content-Type-Options": "noSniff", "X-Frame-Options": "frameguard"}.get(header.name)
    for call in code.calls(f"helmet.{short}") if short else ():
        (opinion.good if header is NOSNIFF else opinion.undecided)(call.place, f"helmet sends {header.name}")


def _age(opinion: Opinion, place: str, seconds: object) -> None:
    if isinstance(seconds, int) and seconds < _YEAR:
        opinion.fault(place, "Strict-Transport-Security lasts less than a year")
    elif isinstance(seconds, int):
        opinion.good(place, "Strict-Transport-Security lasts a year or longer")


def _talisman(opinion: Opinion, code: Code, header: Header) -> None:
    for call in code.calls("*Talisman", languages=(Language.PYTHON,)):
        value = call.keywords.get(header.talisman)
        if value is not None and (value.literal is None or value.literal is False or value.literal == ""):
            opinion.fault(call.place, f"Talisman is told not to send {header.name}")
        elif header in {NOSNIFF, TRANSPORT}:
            opinion.good(call.place, f"Talisman sends {header.name}")
        else:
            opinion.undecided(call.place, f"Talisman sends its own {header.name}")


def _spring(opinion: Opinion, code: Code, header: Header) -> None:
    for call in _spring_calls(code, header):
        opinion.fault(call.place, f"Spring Security is told not to send {header.name}")
    if opinion.empty and header is NOSNIFF:
        for call in code.calls(".authorizeHttpRequests", ".authorizeRequests"):
            opinion.good(call.place, f"Spring Security sends {header.name}")


def _spring_calls(code: Code, header: Header) -> Iterator[Call]:
    if not header.spring:
        return
    for call in code.calls(".disable", languages=(Language.JAVA, Language.KOTLIN)):
        if call.name.endswith((f"{header.spring}().disable", "headers().disable")):
            yield call
    for call in code.calls(f".{header.spring}", ".headers", languages=(Language.JAVA, Language.KOTLIN)):
        own = call.method != "headers"
        told = call.args[0].text if call.args else ""
        if re.search(r"(?:Config(?:urer|ig)?)?::disable$|^\(?(\w+)\)?\s*->\s*\1\.disable\(\)$" if own else r"HeadersConfigurer::disable$|^\(?(\w+)\)?\s*->\s*\1\.disable\(\)$", told):  # fmt: skip
            yield call


def _django(opinion: Opinion, code: Code, header: Header) -> None:
    for each in code.assignments(header.django, languages=(Language.PYTHON,)) if header.django else ():
        if each.value.literal is False:
            opinion.fault(each.place, f"Django is told not to send {header.name}")
    if header is FRAMES:
        _frames(opinion, code)
    if header is TRANSPORT:
        for each in code.assignments("SECURE_HSTS_SECONDS", languages=(Language.PYTHON,)):
            if each.value.literal != 0:
                _age(opinion, each.place, each.value.literal)
    if header is NOSNIFF and not opinion.faults:
        for each in code.assignments("MIDDLEWARE", languages=(Language.PYTHON,)):
            listed = each.value.literal if isinstance(each.value.literal, list | tuple) else ()
            if "django.middleware.security.SecurityMiddleware" in listed:
                opinion.good(each.place, f"Django sends {header.name}")


def _frames(opinion: Opinion, code: Code) -> None:
    for each in code.assignments("X_FRAME_OPTIONS", languages=(Language.PYTHON,)):
        value = str(each.value.literal)
        if value.upper() == "DENY":
            opinion.good(each.place, "Django denies frames")
        elif _SAME.fullmatch(value) or not each.value.known:
            opinion.undecided(each.place, "frames of the same origin are allowed")
        else:
            opinion.fault(each.place, "X-Frame-Options has a value that browsers ignore")
    for call in code.calls("*xframe_options_exempt"):
        opinion.fault(call.place, "a view is exempt from X-Frame-Options")
    for function in code.functions():
        for decorator in function.decorators:
            if decorator.method == "xframe_options_exempt":
                opinion.fault(decorator.place, "a view is exempt from X-Frame-Options")


def _by_hand(code: Code, header: Header) -> list[str]:
    wanted = header.name.lower()
    found = [
        call.place
        for call in code.calls()
        for value in call.args[:1]
        if isinstance(value.literal, str) and value.literal.lower().partition(":")[0].strip() == wanted
    ]
    return found + [each.place for each in code.assignments("*") if each.name.lower().endswith(f".{wanted}")]
