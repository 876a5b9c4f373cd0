"""Operations that the document closes are called by nobody, and with a token that is none; what opens is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

from ostiary.controls.processing.all_endpoints_authenticated import owned
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen.bodies import NOT_JSON, kind_of, parse
from ostiary.parts.seen.doors import granted, shut
from ostiary.parts.seen.nowhere import NOWHERE, alike
from ostiary.parts.seen.owners import owners_in
from ostiary.parts.seen.personal import details_in
from ostiary.parts.seen.secrets import leaks
from ostiary.parts.seen.walls import is_wall

MOST_READS = 60
MOST_WRITES = 20
_SHOWN = 4
_WRITES = frozenset({"POST", "PUT", "PATCH"})


@dataclass
class Seen:
    """What the calls came to."""

    proven: int = 0  # shut without credentials, open with them
    closed: int = 0
    private: list[Evidence] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    public: list[Evidence] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)

    def accuse(self, operation: Operation, shown: Evidence, proof: str, *, first: bool = False) -> None:
        """An operation did for nobody what it does for somebody; once for each."""
        if operation.key in self.places:
            return
        at = 0 if first else len(self.places)
        self.places.insert(at, operation.key)
        self.private.insert(at, shown)
        self.proofs.insert(at, proof)


async def audit_live(http: Http) -> Finding:
    """Call what the document says needs credentials without any, and with rubbish; then what belongs to a user."""
    if not http.operations:
        return unknown("without a document it is not known which operations there are")
    judged = [each for each in http.operations if each.security and all(each.security) and each.declared]
    seen = Seen()
    reads = [each for each in judged if each.method == "GET"][:MOST_READS]
    for each in reads:
        await _read(http, each, seen)
    for each in [each for each in judged if each.method in _WRITES][:MOST_WRITES]:
        await _write(http, each, seen)
    found = await owned.tried(http)
    for fault in found.faults:
        seen.accuse(fault.operation, fault.evidence, fault.proof, first=fault.operation.method != "GET")
    if not judged and not seen.private:
        return not_applicable("the document names no operation that needs credentials")
    return _finding(seen, http, found.proven)


def _finding(seen: Seen, http: Http, proven: set[str]) -> Finding:
    if seen.private:
        return failed(
            f"{seen.private[0].what} ({len(seen.places)} such operations)",
            *seen.private[:_SHOWN],
            proof=seen.proofs[0],
            places=tuple(seen.places),
        )
    if seen.public:
        why = f"{len(seen.public)} operations that the document closes answer to nobody, with nothing private: on purpose?"
        return unknown(why, *seen.public[:_SHOWN])
    if not seen.closed:
        return unknown("no operation could be asked: " + ", ".join(seen.undecided[:3]))
    if not seen.proven and not proven:
        hint = "no credentials were given (--bearer)" if not http.identities else "the credentials given open none"
        return unknown(
            f"{seen.closed} operations refuse whoever is nobody, but {hint}, so that may be for another reason"
        )
    left = [each for each in seen.undecided if each not in proven]
    rest = f"; {len(left)} could not be decided" if left else ""
    return passed(
        f"{seen.closed} operations refuse whoever is nobody, and {max(seen.proven, len(proven))} of them open with credentials{rest}"
    )


async def _read(http: Http, operation: Operation, seen: Seen) -> None:
    try:
        nobody = await http.send_to(operation, identity="")
        rubbish = await http.send_to(operation, identity="", headers=owned.RUBBISH) if shut(nobody) else None
        own = await http.send_to(operation) if http.identities else None
    except Unanswerable:
        seen.undecided.append(operation.key)
        return
    opened = own is not None and granted(own)
    if rubbish is not None and granted(rubbish) and _is_content(rubbish, own):
        what = f"{operation.key} refuses nobody, and opens with a token that is none"
        seen.accuse(operation, http.show(rubbish, what), f"{what}: {nobody.status} and {rubbish.status}")
    elif granted(nobody) and _is_content(nobody, own):
        if await is_wall(http, operation, nobody):
            if own is None or alike(own, nobody):
                seen.undecided.append(operation.key)  # everybody gets it
            else:
                seen.closed += 1
                seen.proven += opened
            return
        await _judge(http, operation, nobody, seen)
    elif shut(nobody):
        if opened or nobody.status in {401, 403}:
            seen.closed += 1
            seen.proven += opened
        else:
            seen.undecided.append(operation.key)
    elif not granted(nobody):
        seen.undecided.append(operation.key)


async def _judge(http: Http, operation: Operation, nobody: Answer, seen: Seen) -> None:
    document = parse(nobody.body)
    private = document is not NOT_JSON and (leaks(document) or details_in(document) or owners_in(document))
    if private:
        again = await http.send_to(operation, identity="", fresh=True)
        if granted(again):
            what = f"{operation.key} shows nobody what belongs to somebody"
            proof = f"{operation.key} answered {nobody.status} twice without credentials, with contact data, a secret or an owner in it"
            seen.accuse(operation, http.show(nobody, what), proof)
            return
    seen.public.append(http.show(nobody, f"{operation.key} answers to nobody"))


def _is_content(answer: Answer, own: Answer | None) -> bool:
    """Neither a page for people where data is expected, nor the empty list that is a refusal in disguise."""
    kind = kind_of(answer.body)
    if kind == "html" and (own is None or kind_of(own.body) != "html"):
        return False
    document = parse(answer.body)
    if document is NOT_JSON:
        return kind != "empty"
    return bool(document) and (not isinstance(document, dict) or any(document.values()))


async def _write(http: Http, operation: Operation, seen: Seen) -> None:
    """Whoever is refused before the body is read was asked who it is; else a POST is sent as it should be."""
    try:
        nobody = await http.send_to(
            operation, identity="", body=owned.HALF, headers=[("Content-Type", "application/json")]
        )
        if nobody.status in {401, 403}:
            seen.closed += 1
            return
        if operation.method != "POST" or nobody.status not in {400, 404, 409, 413, 415, 422} or not operation.consumes:
            whole = nobody
        else:
            whole = await http.send_to(operation, identity="")
        nowhere = await http.send(operation.method, f"/{NOWHERE}", identity="") if granted(whole) else None
    except Unanswerable:
        seen.undecided.append(operation.key)
        return
    if nowhere is not None and (alike(whole, nowhere) or await is_wall(http, operation, whole)):
        seen.undecided.append(operation.key)  # whatever is asked is answered so
    elif granted(whole):
        what = f"{operation.key} is carried out for nobody"
        seen.accuse(
            operation, http.show(whole, what), f"{what}: it answered {whole.status} without credentials", first=True
        )
    elif whole.status in {401, 403}:
        seen.closed += 1
    else:
        seen.undecided.append(operation.key)
