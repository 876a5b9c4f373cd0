"""Two users ask for the same private URL, one after the other; what is kept for the first must not come to the second."""

from __future__ import annotations

import contextlib
from typing import NamedTuple
from urllib.parse import quote

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen import selves
from ostiary.parts.seen.doors import granted, shut

MOST = 4  # private URLs; at most 5 requests for each, and 2 for a name with a suffix
MOST_PUBLIC = 2  # with a header that a cache may not know: 3 requests for each
_SUFFIX = "/ostiary.css"
_UNKEYED = "X-Forwarded-Host"
_SHORTEST = 6  # characters of a mark that is looked for


class Private(NamedTuple):
    """A URL whose reply depends on who asks, and a text that only the owner's has."""

    operation: Operation
    target: str
    mark: str


class Fault(NamedTuple):
    """What a cache gave away."""

    operation: Operation
    evidence: tuple[Evidence, ...]
    what: str
    proof: str


async def audit_live(http: Http) -> Finding:
    """Fill a cache as the owner, and ask it as another user and as nobody."""
    reads = [each for each in http.operations if each.method == "GET"]
    if http.operations and not reads:
        return not_applicable("the document has no reads")
    if not http.other:
        return unknown("two users are needed to see whether one is served what was kept for the other")
    kept: list[Evidence] = []
    faults: list[Fault] = []
    for number, private in enumerate(await _private(http)):
        with contextlib.suppress(Unanswerable):
            faults += await _crossed(http, private, f"{private.mark[-4:]}{number}", kept)
    if http.intrusive:
        for operation in [each for each in reads if "{" not in each.path][:MOST_PUBLIC]:
            with contextlib.suppress(Unanswerable):
                faults += await _poisoned(http, operation)
    if faults:
        return failed(
            faults[0].what,
            *[shown for each in faults for shown in each.evidence][:4],
            proof=faults[0].proof,
            places=tuple(dict.fromkeys(each.operation.key for each in faults)),
        )
    if kept:
        return passed(f"{len(kept)} private URLs give each user his own, whoever asked first", *kept[:2])
    return unknown("no URL was found whose reply shows whose it is")


async def _private(http: Http) -> list[Private]:
    """The owner's profile, and lists that show what is his."""
    found = []
    account = http.account(http.owner)
    for operation, answer in (await selves.told(http, http.owner)).answers:
        marks = [account.user if account is not None else "", *_texts(answer)]
        mark = next((each for each in marks if len(each) >= _SHORTEST and each in answer.text), "")
        if mark and "{" not in operation.path:
            found.append(Private(operation, http.target_of(operation), mark))
    own = [each for each in await http.things() if each.owner == http.owner and each.marker]
    found += [Private(each.lists, http.aim(each.lists, each), each.marker) for each in own if each.lists is not None]
    return found[:MOST]


def _texts(answer: Answer) -> list[str]:
    return [each for each in answer.text.split('"') if "@" in each]


async def _crossed(http: Http, private: Private, salt: str, kept: list[Evidence]) -> list[Fault]:
    operation, target, mark = private

    async def asked(identity: str, key: str, at: str = target) -> Answer:
        sign = "&" if "?" in at else "?"
        return await http.send_to(
            operation, target=f"{at}{sign}ostiary={quote(key)}" if key else at, identity=identity, fresh=True
        )

    alone = await asked(http.other, f"{salt}b")  # a key of his own: nobody has filled it before
    if granted(alone) and mark in alone.text:
        return []  # it shows that to everybody
    key = f"{salt}a"
    own = await asked(http.owner, key)
    if not granted(own):  # it takes no parameter that it does not know: what he sees without a cache is not known then
        key = ""
        own = await asked(http.owner, key)
    if not granted(own) or mark not in own.text:
        return []
    for identity, who in ((http.other, http.other), ("", "nobody")):
        again = await asked(identity, key)
        if granted(again) and mark in again.text and not key and not _is_kept(again):
            return []  # it may show that to everybody
        if granted(again) and mark in again.text:
            what = f"{who} is served what was kept for {http.owner}: {operation.key}"
            before = (
                f"with a URL of his own {http.other} got {alone.status} without the owner's data"
                if key
                else "the reply says that a cache gave it"
            )
            proof = f"{operation.key}: {before}; after the owner had asked, {who} got them"
            return [Fault(operation, (http.show(again, what), http.show(own, "the owner asked first")), what, proof)]
    kept.append(http.show(own, f"{operation.key} gives each user his own"))
    return await _suffixed(http, private)


def _is_kept(answer: Answer) -> bool:
    """Whether a reply says that it came out of a cache (RFC 9111 section 5.1, RFC 9211)."""
    said = " ".join(answer.head(each) or "" for each in ("x-cache", "cf-cache-status", "cache-status", "x-proxy-cache"))
    return answer.head("age") is not None or "hit" in said.lower()


async def _suffixed(http: Http, private: Private) -> list[Fault]:
    """A private path with the end of a file's name: a cache that goes by it keeps what it must not."""
    operation, target, mark = private
    path, _, query = target.partition("?")
    at = f"{path.rstrip('/')}{_SUFFIX}" + (f"?{query}" if query else "")
    own = await http.send("GET", at, identity=http.owner, fresh=True)
    if not granted(own) or mark not in own.text:
        return []
    nobody = await http.send("GET", at, identity="", fresh=True)
    if not granted(nobody) or mark not in nobody.text:
        return []
    what = f"nobody is served what was kept for {http.owner} under a name that ends in .css: {operation.key}"
    plain = await http.send_to(operation, target=target, identity="", fresh=True)
    if not shut(plain):
        return []
    proof = (
        f"{operation.key} refuses nobody ({plain.status}), and the same with {_SUFFIX} behind it came out of a cache"
    )
    return [Fault(operation, (http.show(nobody, what),), what, proof)]


async def _poisoned(http: Http, operation: Operation) -> list[Fault]:
    """A header that is no part of the key, on a URL that nobody else asks for; then the same URL without it."""
    mark = "ostiary-cache.example"
    target = http.target_of(operation)
    at = f"{target}{'&' if '?' in target else '?'}ostiary=p{len(target)}"
    first = await http.send_to(operation, target=at, headers=[(_UNKEYED, mark)], fresh=True)
    shown = mark in first.text or any(mark in value for _, value in first.headers)
    if not shown:
        return []
    again = await http.send_to(operation, target=at, fresh=True)
    if mark not in again.text and not any(mark in value for _, value in again.headers):
        return []
    what = f"what one caller puts into {_UNKEYED} is served to the next: {operation.key}"
    proof = f"{operation.key}: {mark} stood in the reply to a request without it"
    return [Fault(operation, (http.show(again, what),), what, proof)]
