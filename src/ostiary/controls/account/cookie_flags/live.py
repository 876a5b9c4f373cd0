"""Every cookie that was seen being set: those that hold a session are kept from scripts, clear text and other sites."""

from __future__ import annotations

import ipaddress
import re

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.seen import cookies
from ostiary.parts.seen.doors import moment

_SIGN_IN = re.compile(
    r"(?:^|[/_.-])(?:log-?in|sign-?in|sessions?|authenticate|authorize|auth|token)(?:$|[/_.-])", re.IGNORECASE
)
_MOST_SIGN_INS = 3


async def audit_live(http: Http) -> Finding:
    """Read all Set-Cookie fields: of usual replies, and of the document's own example of a sign-in."""
    signs_in = [each for each in http.operations if each.method == "POST" and _is_sign_in(each)][:_MOST_SIGN_INS]
    entered = await _entered(http, signs_in)
    answers = [*await http.samples(), *entered]
    seen = _state(answers)
    for cookie, answer in seen.values():
        finding = _judge(http, cookie, answer)
        if finding is not None:
            return finding
    if seen:
        names = ", ".join(sorted(seen))
        answer = next(iter(seen.values()))[1]
        local = "" if http.scheme == "https" else "; Secure is not asked for on a loopback address"
        return passed(f"cookies with state have their flags: {names}{local}", http.show(answer, "Set-Cookie"))
    if signs_in and not any(each.accepted for each in entered):
        return unknown(
            "no cookie with state was set, but no sign-in succeeded either; the document's example could be one"
        )
    if any(each.get("in") == "cookie" for each in (http.api.security_schemes.values() if http.api else ())):
        return unknown("the document takes a cookie, and none was set while we looked")
    return not_applicable(f"none of {len(answers)} replies sets a cookie that holds a session or a login")


async def _entered(http: Http, signs_in: list[Operation]) -> list[Answer]:
    found = []
    for operation in signs_in:
        try:
            found.append(await http.send_to(operation, identity=""))
        except Unanswerable:
            continue
    return found


def _state(answers: list[Answer]) -> dict[str, tuple[cookies.Set, Answer]]:
    found: dict[str, tuple[cookies.Set, Answer]] = {}
    for answer in answers:
        for cookie in map(cookies.read, answer.all("set-cookie")):
            if cookie.is_state and not cookie.deletes(moment(answer)):
                found.setdefault(cookie.name, (cookie, answer))
    return found


def _is_sign_in(operation: Operation) -> bool:
    last = next((each for each in reversed(operation.path.split("/")) if each and not each.startswith("{")), "")
    return _SIGN_IN.search(last) is not None


def _judge(http: Http, cookie: cookies.Set, answer: Answer) -> Finding | None:
    missing = [] if "httponly" in cookie.attributes else ["HttpOnly"]
    if "secure" not in cookie.attributes and (http.scheme == "https" or not _is_loopback(http.host)):
        missing.append("Secure")
    weak = not cookie.same_site
    if missing:
        words = " and ".join([*missing, *(["SameSite"] if weak else [])])
        why = f"the cookie {cookie.name} holds state and is set without {words}"
        return failed(why, http.show(answer, f"Set-Cookie: {cookie.name} without {words}"))
    if weak:
        why = f"the cookie {cookie.name} holds state and is set without SameSite"
        return failed(why, http.show(answer, "Set-Cookie without SameSite"), severity=Severity.MEDIUM)
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
