"""Our own address is put wherever a URL goes: a target that calls it fetches what its callers say."""

from __future__ import annotations

import base64
import contextlib
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from ostiary.controls.beyond.ssrf_egress_control.parts_of import trial_of
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http, Listener
from ostiary.model import Finding, Severity, not_applicable, passed, unknown
from ostiary.parts.seen.addressed import spelt_for, takes_url
from ostiary.parts.seen.inputs import Input
from ostiary.parts.seen.known_files import shows_known_file
from ostiary.parts.seen.leftovers import Leftovers
from ostiary.parts.seen.proofs import Proven, finding
from ostiary.parts.seen.trials import REFUSALS, TIRED, Trial, is_good, places

MOST: Final = 24  # places; each costs one request, one that is refused up to five more, one that is fetched two more
LATER: Final = 2.0  # seconds, once, that calls may take after the last reply
LOCAL_FILE: Final = "file:///etc/passwd"  # only where a call was proven and its content came back


class _Sent(NamedTuple):
    trial: Trial
    mark: str
    text: str
    answer: Answer
    shut: bool = False  # it was refused, and a URL of somebody else's was not


async def audit_live(http: Http) -> Finding:
    """Put a URL of ours into each place that takes one, and listen; what was called is asked again with another."""
    candidates = [at for at in await places(http, most=20 * MOST, numbers=False) if takes_url(at)][:MOST]
    if not candidates:
        return (
            not_applicable("no parameter and no member of a body is a URL or a host by its name, format or example")
            if http.api is not None
            else unknown("without a document the places of URLs are not known")
        )
    listener = http.listener()
    leftovers = Leftovers(http)
    sent = await _sent(http, listener, candidates, leftovers)
    heard = [each for number, each in enumerate(sent) if await listener.heard(each.mark, LATER if not number else 0.05)]
    proven = [found for each in heard if (found := await _again(listener, each)) is not None]
    await leftovers.remove()
    if proven:
        return finding(http, proven, "the target fetches a URL that its caller chose, on a private address")
    taken = [each for each in sent if is_good(each.answer)]
    kept = [each for each in sent if each.shut]
    if not taken and kept:
        what = f"{len(kept)} places take URLs, and refused one of ours in every spelling"
        return passed(what, http.show(kept[0].answer, "a URL of ours"))
    if not taken:
        return unknown(f"{len(candidates)} places take URLs by their name, and none of them accepted one")
    what = f"{len(taken)} places took a URL of ours, and within {LATER:g} s nobody called it"
    return passed(what, http.show(taken[0].answer, "a URL that was taken and not called"))


async def _sent(http: Http, listener: Listener, candidates: list[Input], leftovers: Leftovers) -> list[_Sent]:
    sent: list[_Sent] = []
    silent = 0
    for number, at in enumerate(candidates):
        trial = trial_of(http, at, leftovers)
        try:
            valid = None
            if not at.reads:
                with contextlib.suppress(
                    Unanswerable
                ):  # a URL of the document's may be nobody's: ours is called all the same
                    valid = await trial.valid()
            mark = f"s{number}"
            text = spelt_for(at, listener.url(mark))
            answer = await trial.put(text)
            sent.append(_Sent(trial, mark, text, answer, _is_shut(valid, answer)))
            if answer.status in REFUSALS | {403} and not await listener.heard(mark, 0.05):
                sent += await _spelt_otherwise(trial, listener, number)
            silent = 0
        except Unanswerable:
            silent += at.reads
        if silent >= TIRED:
            break
    return sent


def _is_shut(valid: Answer | None, answer: Answer) -> bool:
    """Whether a request that another URL is taken in was refused with ours."""
    took = valid is not None and is_good(valid) and b"://" in valid.asked.body
    return took and answer.status in REFUSALS | {403}


async def _spelt_otherwise(trial: Trial, listener: Listener, number: int) -> list[_Sent]:
    """The same address in forms that a look at the text does not see through."""
    sent = []
    for turn, form in enumerate(_forms(urlsplit(listener.url("x")).hostname or "")):
        mark = f"s{number}v{turn}"
        url = listener.url(mark)
        host = urlsplit(url).netloc
        text = spelt_for(trial.at, url.replace(host, form + ":" + host.rpartition(":")[2], 1))
        sent.append(_Sent(trial, mark, text, await trial.put(text)))
        if await listener.heard(mark, 0.05):
            break
    return sent


def _forms(address: str) -> list[str]:
    if ":" in address:
        return []
    parts = [int(each) for each in address.split(".")]
    number = sum(part << (24 - 8 * at) for at, part in enumerate(parts))
    found = [f"ostiary-probe.example@{address}", str(number), f"[::ffff:{address}]", f"0x{number:x}"]
    return ["localhost", *found] if parts[0] == 127 else found  # noqa: PLR2004 - loopback


async def _again(listener: Listener, first: _Sent) -> Proven | None:
    """Another mark is called as well; what comes back tells how much the caller learns."""
    trial, mark = first.trial, f"{first.mark}again"
    try:
        second = await trial.put(first.text.replace(f"/{first.mark}", f"/{mark}"))
    except Unanswerable:
        return None
    call = await listener.heard(mark, LATER)
    if not call:
        return None
    back = listener.says(mark) in second.text or _in_base64(listener.says(mark), second.text)
    shown = [(second, f"the target called: {call.partition(chr(13))[0]}")]
    proof = "two URLs of ours, sent in two requests, were called by the target"
    if back:
        proof += "; what they answered came back in the reply"
        local = await _local(trial)
        shown += [(local, "a file of the target's machine")] if local is not None else []
        severity = Severity.CRITICAL if local is not None else None
        return Proven(
            trial.at, "fetch", proof, tuple(shown), severity, more={"content": True, "file": local is not None}
        )
    return Proven(trial.at, "fetch", proof, tuple(shown), more={"content": False, "file": False})


def _in_base64(text: str, where: str) -> bool:
    return base64.b64encode(text.encode()).decode().rstrip("=") in where


async def _local(trial: Trial) -> Answer | None:
    try:
        answer = await trial.put(LOCAL_FILE)
    except Unanswerable:
        return None
    return answer if shows_known_file(answer) else None
