"""Whether one user reaches another's object: four ask for it, and a write counts only when its owner sees it afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http, Thing
from ostiary.model import Evidence, Operation
from ostiary.parts.seen import changes, things
from ostiary.parts.seen.bodies import NOT_JSON, parse
from ostiary.parts.seen.changes import members
from ostiary.parts.seen.doors import granted, shut
from ostiary.parts.seen.identifiers import junk_like
from ostiary.parts.seen.personal import details_in
from ostiary.parts.seen.secrets import leaks

CROSSED: Final = "crossed"  # the other user got or changed what is the owner's
KEPT: Final = "kept"  # he was refused, or got something else, where the owner succeeds
PUBLIC: Final = "public"  # nobody gets it too
SHARED: Final = "shared"  # the other user's own list shows all of it
UNDECIDED: Final = "undecided"  # there was no success to compare with
_GONE: Final = frozenset({401, 403, 404, 410})


class Cell(NamedTuple):
    """One operation, tried by somebody whose object it is not."""

    operation: Operation
    verdict: str
    proof: str = ""
    evidence: tuple[Evidence, ...] = ()
    private: bool = False  # what was shown holds contact data or a secret


async def read(http: Http, thing: Thing, operation: Operation, other: str) -> Cell:
    """Ask for an object as its owner, as another user, as nobody, and for one that does not exist.

    :raises Unanswerable: when the target does not answer.
    """
    target = http.aim(operation, thing)
    own = await http.send_to(operation, target=target, identity=thing.owner)
    if not granted(own) or not _has_content(own, thing):
        return Cell(operation, UNDECIDED)
    theirs = await http.send_to(operation, target=target, identity=other)
    if not _same(thing, own, theirs):
        decided = shut(theirs) or (granted(theirs) and bool(thing.marker))
        what = f"{other} does not get what {thing.owner} reads at {operation.key}"
        return Cell(operation, KEPT if decided else UNDECIDED, "", (http.show(theirs, what),))
    nobody = await http.send_to(operation, target=target, identity="")
    if _same(thing, own, nobody):
        return Cell(operation, PUBLIC, "", (http.show(nobody, f"nobody is shown it too: {operation.key}"),))
    if not shut(nobody) and not thing.marker:
        return Cell(operation, UNDECIDED)
    junk = await http.send_to(operation, target=http.aim(operation, thing, junk_like(thing.id)), identity=other)
    unmarked = (
        bool(thing.marker) and thing.marker not in own.text and not shut(junk)
    )  # a part that all may look alike in
    if unmarked or _same(thing, own, junk):
        return Cell(operation, UNDECIDED)  # whatever is asked for, that is what comes
    shown = http.show(theirs, f"{other} reads what belongs to {thing.owner}: {operation.key}")
    if await is_shown_to(http, thing, other, own):
        return Cell(operation, SHARED, "", (shown,))
    again = await http.send_to(operation, target=target, identity=other, fresh=True)
    if not _same(thing, own, again):
        return Cell(operation, UNDECIDED)
    proof = (
        f"{operation.key}: the owner ({own.status}) and the other user ({theirs.status}) got the same object"
        f"{', with a text in it that nobody can guess' if thing.marker and thing.ours else ''}; "
        f"nobody got {nobody.status}, an id that does not exist {junk.status}"
    )
    document = parse(own.body)
    private = document is not NOT_JSON and bool(details_in(document) or leaks(document))
    evidence = (shown, http.show(own, f"{thing.owner}, whose it is, reads the same"))
    return Cell(operation, CROSSED, proof, evidence, private)


async def is_shown_to(http: Http, thing: Thing, other: str, own: Answer) -> bool:
    """Whether a list that the other user may read shows all of the object: then it is no secret before him."""
    if thing.lists is None:
        return False
    try:
        listed = await http.send_to(thing.lists, target=http.aim(thing.lists, thing), identity=other, fresh=thing.ours)
    except Unanswerable:
        return False
    if not granted(listed):
        return False
    if thing.marker:
        return thing.marker in listed.text
    return things.lists_whole(things.listed(parse(listed.body)), parse(own.body))


def _same(thing: Thing, own: Answer, other: Answer) -> bool:
    if not granted(other):
        return False
    if thing.marker and thing.marker in own.text:
        return thing.marker in other.text
    return things.shows(parse(own.body), parse(other.body))


def _has_content(own: Answer, thing: Thing) -> bool:
    if thing.marker and thing.marker in own.text:
        return True
    document = parse(own.body)
    return isinstance(document, (dict, list)) and bool(document) and any(members(document))


async def listed(http: Http, thing: Thing, other: str, *, hidden: bool) -> Cell | None:
    """Whether a list shows another user what only its owner may read; None: there is no list to judge by.

    :param hidden: the object itself is refused to the other user. Else a list that shows it may be a common one.
    """
    operation = thing.lists
    if operation is None or not thing.marker:
        return None
    if "{" in operation.path:
        return await read(http, replace(thing, lists=None), operation, other)
    own = await http.send_to(operation, identity=thing.owner, fresh=True)
    if not granted(own) or thing.marker not in own.text:
        return Cell(operation, UNDECIDED)
    theirs = await http.send_to(operation, identity=other, fresh=True)
    if not granted(theirs) or thing.marker not in theirs.text:
        return Cell(
            operation, KEPT, "", (http.show(theirs, f"{operation.key} shows {other} nothing of {thing.owner}'s"),)
        )
    nobody = await http.send_to(operation, identity="")
    if granted(nobody):
        return Cell(operation, PUBLIC)
    if not hidden:
        return Cell(operation, SHARED)
    proof = f"{operation.key} shows the other user a text that stands in the owner's object alone, which itself is refused to him"
    return Cell(operation, CROSSED, proof, (http.show(theirs, f"{operation.key} lists {thing.owner}'s for {other}"),))


async def written(http: Http, thing: Thing, operation: Operation, other: str, text: str) -> Cell:
    """Write to a fresh object of the owner's as another user, and read it as its owner.

    :param text: unguessable, letters and digits; three different ones are made of it.
    """
    took, after = await _took(http, thing, operation, f"{text}a", who=other, before=await seen(http, thing))
    if took:
        if (await _took(http, thing, operation, f"{text}c", who="", before=after))[0]:
            return Cell(operation, PUBLIC)
        return Cell(
            operation,
            CROSSED,
            f"{operation.key}: what the other user sent stands in the object afterwards, as its owner reads it",
            (http.show(after, f"{other} changed what {thing.owner} owns: {operation.key}"),) if after else (),
        )
    if (await _took(http, thing, operation, f"{text}b", who=thing.owner, before=after))[0]:
        return Cell(operation, KEPT, f"{operation.key}: the owner can change it and the other user cannot")
    return Cell(operation, UNDECIDED)


async def _took(
    http: Http, thing: Thing, operation: Operation, text: str, *, who: str, before: Answer | None
) -> tuple[bool, Answer | None]:
    """Whether what somebody wrote is what the owner reads, who saw `before`; and what he reads now."""
    if before is None or not granted(before):
        return False, before
    change = changes.changing(http, operation, thing, before, text)
    if change is None or change.stands_in(before):
        return False, before
    await http.send_to(
        operation,
        target=http.aim(operation, thing),
        identity=who,
        body=change.body,
        headers=[("Content-Type", change.media)],
        fresh=True,
    )
    after = await seen(http, thing)
    return after is not None and granted(after) and change.stands_in(after), after


async def seen(http: Http, thing: Thing) -> Answer | None:
    """What the owner sees of his object now."""
    operation = thing.read or thing.lists
    if operation is None:
        return None
    return await http.send_to(operation, target=http.aim(operation, thing), identity=thing.owner, fresh=True)


async def deleted(http: Http, thing: Thing, other: str) -> Cell | None:
    """Delete a fresh object of the owner's as another user, and look for it as its owner; None: there is no way to."""
    operation = thing.delete
    before = await seen(http, thing)
    if operation is None or before is None or not _is_there(thing, before):
        return None
    target = http.aim(operation, thing)
    theirs = await http.send_to(operation, target=target, identity=other, fresh=True)
    after = await seen(http, thing)
    if after is not None and _is_gone(thing, before, after):
        again = await http.send_to(operation, target=target, identity=thing.owner, fresh=True)
        proof = (
            f"{operation.key}: the owner read the object, the other user's DELETE got {theirs.status}, and then the owner "
            f"got {after.status} for it and {again.status} for deleting it"
        )
        evidence = (
            http.show(theirs, f"{other or 'nobody'} deletes what {thing.owner} owns: {operation.key}"),
            http.show(after, f"{thing.owner} no longer finds it"),
        )
        return Cell(operation, CROSSED, proof, evidence)
    own = await http.send_to(operation, target=target, identity=thing.owner, fresh=True)
    after = await seen(http, thing)
    if granted(own) and after is not None and _is_gone(thing, before, after):
        proof = f"{operation.key}: the owner can delete it and the other user cannot"
        return Cell(
            operation, KEPT, proof, (http.show(theirs, f"{other or 'nobody'} does not delete what {thing.owner} owns"),)
        )
    return Cell(operation, UNDECIDED)


def _is_there(thing: Thing, answer: Answer) -> bool:
    if not granted(answer):
        return False
    return thing.read is not None or _names(thing, answer)


def _is_gone(thing: Thing, before: Answer, after: Answer) -> bool:
    """Whether a reply no longer has what one before had; a reply that never named the object says nothing by not naming it."""
    if thing.read is not None and after.status in _GONE:
        return True
    return _names(thing, before) and granted(after) and not _names(thing, after)


def _names(thing: Thing, answer: Answer) -> bool:
    """Whether a reply shows the object: its marker, or its id among others."""
    if thing.marker:
        return thing.marker in answer.text
    listed = things.listed(parse(answer.body))
    hole = [*thing.holes, "id"][-2 if thing.holes else -1]
    return thing.id in {things.id_of(each, hole) for each in listed} if listed else bool(answer.body)
