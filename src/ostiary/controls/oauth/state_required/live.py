"""A sign-in that the API begins elsewhere is begun a few times, and its end called with another state than it began with."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Confidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.seen import authorizing, authorizing_starts, browsing, cookies
from ostiary.parts.seen.authorizing import Client
from ostiary.parts.seen.authorizing_starts import Start
from ostiary.parts.seen.doors import granted

_STARTS = 4
_LEAST = 20  # characters of base64 that change, of 22: a few are the same by chance
_LEAST_HEX = 28  # of 32
_WRONG = "ostiary-another-state-00000000000000"


async def audit_live(http: Http) -> Finding:
    """Begin the sign-in four times, and call its end with the right state, a wrong one, none, and from another browser.

    At most 20 requests, and as many more where a code can be had on the target itself.
    """
    found = await authorizing_starts.found(http)
    if not found:
        at = await authorizing.server(http)
        if not at.authorize:
            return not_applicable("no operation begins a sign-in elsewhere, and there is no authorization endpoint")
        return unknown("the target is an authorization server: state is its clients' affair, and none of them is here")
    first = found[0]
    starts = [first]
    for _ in range(_STARTS - 1):
        start = authorizing_starts.begun(
            http, first.operation, await http.send_to(first.operation, identity="", fresh=True)
        )
        starts += [start] if start is not None else []
    weak = _weak(http, starts)
    return weak or await _returned(http, starts)


def _weak(http: Http, starts: list[Start]) -> Finding | None:
    """The finding, if there is no state, always the same, or one that is soon guessed."""
    states = [each.told.get("state", "") for each in starts]
    first = starts[0]
    severity: Severity | None = None
    if not all(states):
        why = "a sign-in is begun without a state"
        if first.told.get("code_challenge") or first.told.get("nonce"):
            severity = Severity.LOW  # either may stand for it (RFC 9700 section 2.1.1)
    elif len(set(states)) == 1 and len(states) > 1:
        why = "every sign-in is begun with the same state"
    elif _changing(states) < (_LEAST_HEX if _is_hex(states) else _LEAST):
        why = "the state that a sign-in begins with has less than 128 bits"
        severity = Severity.MEDIUM
    else:
        return None
    return failed(
        why,
        *(http.show(each.answer, "the redirect that begins it") for each in starts[:2]),
        severity=severity,
        proof=f"{first.operation.key} was called {len(starts)} times, and the states in its redirects were compared",
        places=(first.operation.key,),
        facts={"state": bool(states[0]), "pkce": bool(first.told.get("code_challenge"))},
        confidence=Confidence.CERTAIN,
    )


def _changing(states: list[str]) -> int:
    """How many characters differ between the states; the fixed part of one that carries more does not count."""
    longest = max(map(len, states))
    padded = [each.ljust(longest) for each in states]
    return sum(len({each[at] for each in padded}) > 1 for at in range(longest))


def _is_hex(states: list[str]) -> bool:
    return all(set(each.lower().replace("-", "")) <= set("0123456789abcdef") for each in states)


async def _returned(http: Http, starts: list[Start]) -> Finding:
    """Whether the end of the sign-in asks for the state that it began with."""
    first = starts[0]
    back = urlsplit(first.told.get("redirect_uri", ""))
    ends = [each for each in http.operations if each.method == "GET" and each.path.rstrip("/") == back.path.rstrip("/")]
    if back.netloc != urlsplit(http.base).netloc and not ends:
        return unknown("each sign-in has a state of its own; where it comes back to is on another host")
    proved = await _with_code(http, starts, back.path)
    if proved is not None:
        return proved
    right = await _back(http, back.path, starts[0], starts[0].told["state"])
    others = [
        await _back(http, back.path, starts[1], _WRONG),
        await _back(http, back.path, starts[2], None),
        await _back(http, back.path, None, starts[3].told["state"]),
    ]
    if any(granted(each) for each in others) and not granted(right):
        return unknown("the end of the sign-in was not understood")
    if all(_differ(right, each) for each in others):
        return passed(
            "a state that does not belong to the browser's own sign-in is refused before the code is looked at",
            http.show(right, "the right state: the code is refused"),
            http.show(others[0], "a wrong state: refused"),
        )
    return unknown(
        "each sign-in has a state of its own; its end answers a wrong one like a wrong code, so which it refuses is open",
        http.show(right, "the right state and a wrong code"),
        http.show(others[0], "a wrong state and a wrong code"),
    )


async def _with_code(http: Http, starts: list[Start], path: str) -> Finding | None:
    """With a code that is good: whether it signs in somebody who did not begin the sign-in. None: there is no such code."""
    if urlsplit(starts[0].url).netloc != urlsplit(http.base).netloc:
        return None
    outcomes: list[Answer] = []
    for start, state in ((starts[0], starts[0].told["state"]), (starts[1], _WRONG), (None, starts[2].told["state"])):
        request = (start or starts[2]).url
        of = Client(starts[0].told["client_id"], starts[0].told["redirect_uri"])
        try:
            came = await browsing.led(http, request.removeprefix(http.base), of, http.owner)
        except Unanswerable:
            return None
        if not came.told.get("code"):
            return None
        outcomes.append(await _back(http, path, start, state, came.told["code"]))
    right, wrong, foreign = outcomes
    if not _signs_in(right):
        return None
    for what, answer in (("another state", wrong), ("the state of another browser", foreign)):
        if _signs_in(answer) and not _differ(right, answer):
            return failed(
                f"a sign-in ends well with {what} than it began with",
                http.show(answer, f"{what} and a good code: signed in"),
                http.show(right, "the right state and a good code: signed in"),
                proof="the end of the sign-in answers the same to a good code with the right state and with a wrong one",
                places=(f"GET {path}",),
                facts={"state": True, "checked": False},
                confidence=Confidence.CERTAIN,
            )
    return passed(
        "a good code with a wrong state, or one of another browser, is refused",
        http.show(right, "the right state: signed in"),
        http.show(wrong, "a wrong state: refused"),
    )


async def _back(http: Http, path: str, start: Start | None, state: str | None, code: str = "ostiary-code") -> Answer:
    """Come back from signing in, as the browser that began it (None: as another one)."""
    told = [("code", code), *([("state", state)] if state is not None else [])]
    jar = [cookies.read(each) for each in (start.answer.all("set-cookie") if start is not None else ())]
    headers: list[Any] = [("Cookie", "; ".join(f"{each.name}={each.value}" for each in jar))] if jar else []
    return await http.send("GET", f"{path}?{urlencode(told)}", headers=headers, identity="", fresh=True)


def _signs_in(answer: Answer) -> bool:
    """Whether the browser is let in: a session, a token, or a way on that speaks of no error."""
    location = (answer.head("location") or "").lower()
    state = any(cookies.read(each).is_state for each in answer.all("set-cookie"))
    return granted(answer) or (300 <= answer.status < 400 and "error" not in location and state)  # noqa: PLR2004


def _differ(one: Answer, other: Answer) -> bool:
    return (
        one.status != other.status
        or (one.head("location") or "").partition("?")[0] != (other.head("location") or "").partition("?")[0]
        or (not granted(one) and one.body != other.body)
        or granted(one) != granted(other)
    )
