"""Every cookie that was seen being set: those that hold a session are kept from scripts, clear text and other sites."""

from __future__ import annotations

import ipaddress
import re

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.seen import cookies
from ostiary.parts.seen.doors import doors, granted, moment

_SIGN_IN = re.compile(
    r"(?:^|[/_.-])(?:log-?in|sign-?in|sessions?|authenticate|authorize|auth|token)(?:$|[/_.-])", re.IGNORECASE
)
_MOST_SIGN_INS = 3
_PLANTED = "ostiary0planted0session0000000000"
_RESENT = frozenset({"host", "user-agent", "accept", "content-length", "cookie"})  # added again by `send`, or planted


async def audit_live(http: Http) -> Finding:
    """Read all Set-Cookie fields: of usual replies, and of the document's own example of a sign-in."""
    signs_in = [each for each in http.operations if each.method == "POST" and _is_sign_in(each)][:_MOST_SIGN_INS]
    own = await _own(http)
    entered = [own] if own is not None else await _entered(http, signs_in)
    answers = [*await http.samples(), *entered]
    seen = _state(answers)
    for cookie, answer in seen.values():
        finding = _judge(http, cookie, answer)
        if finding is not None:
            return finding
    fixed = await _fixed(http, own, seen) if own is not None else None
    if fixed is not None:
        return fixed
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


async def _own(http: Http) -> Answer | None:
    """The reply to a sign-in with an account of ours; None: there is none, or it did not work."""
    account = http.account(http.owner) if http.owner else None
    if account is None or not account.user or not account.password:
        return None
    try:
        answer = await http.sign_in(account.user, account.password)
    except Unanswerable:
        return None
    return answer if http.signed_in(answer) else None


async def _fixed(http: Http, own: Answer, seen: dict[str, tuple[cookies.Set, Answer]]) -> Finding | None:
    """The finding, if signing in with a session cookie that was there before keeps it: whoever planted it is in as well."""
    given = {each.name for each in map(cookies.read, own.all("set-cookie"))}
    door = next(iter(await doors(http, http.owner)), None)
    for name in sorted(given & seen.keys()):
        nobody = await http.send(own.asked.method, own.asked.target, identity="", fresh=True)
        before = next(
            (each.value for each in map(cookies.read, nobody.all("set-cookie")) if each.name == name), _PLANTED
        )
        if door is None or not before:
            return None
        planted = ("Cookie", f"{name}={before}")
        if granted(await http.send_to(door.operation, identity="", headers=[planted], fresh=True)):
            continue
        headers = [pair for pair in own.asked.headers if pair[0].lower() not in _RESENT] + [planted]
        entered = await http.send(
            own.asked.method, own.asked.target, headers=headers, body=own.asked.body, identity="", fresh=True
        )
        inside = await http.send_to(door.operation, identity="", headers=[planted], fresh=True)
        if http.signed_in(entered) and granted(inside):
            return failed(
                f"the cookie {name} keeps its value when somebody signs in: a session that was planted becomes theirs",
                http.show(entered, f"signed in with {name} from before"),
                http.show(inside, f"{name} from before opens {door.operation.key}"),
                proof=f"{door.operation.key} is shut to the value of {name} before the sign-in, and opens to it afterwards",
                places=(f"{own.asked.method} {own.asked.target.partition('?')[0]}",),
                facts={"cookies": [name]},
            )
    return None


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
        shown = http.show(answer, f"Set-Cookie: {cookie.name} without {words}")
        return failed(
            why, shown, facts={"cookies": [cookie.name], "missing": [*missing, *(["SameSite"] if weak else [])]}
        )
    if weak:
        why = f"the cookie {cookie.name} holds state and is set without SameSite"
        facts = {"cookies": [cookie.name], "missing": ["SameSite"]}
        return failed(why, http.show(answer, "Set-Cookie without SameSite"), severity=Severity.MEDIUM, facts=facts)
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
