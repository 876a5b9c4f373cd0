"""How an API hands out codes and reset links and takes them back: which operations do it, and one walk through them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import Operation, Place
from ostiary.parts import role_fields as names
from ostiary.parts.role_fields import Field, fields_of
from ostiary.parts.role_words import concepts, squeezed, words
from ostiary.parts.seen import flows
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.codes import codes
from ostiary.parts.seen.doors import granted

_SHORT: Final = 10  # characters: what is longer is no code that could be guessed
_DIGITS: Final = 6  # of a code of which the document says nothing
_SECRETS: Final = names.CODE | names.BARE_CODE | names.TOKEN
_DEEPEST: Final = 4
_VERSIONS: Final = frozenset({"version", "apiversion", "ver", "v"})
_MOST_VERSIONS: Final = 3  # of one operation, besides the usual one


class Begun(NamedTuple):
    """A code was asked for: by which operation, the reply, the code if the reply tells it, and what else it handed out."""

    operation: Operation
    answer: Answer
    code: str
    more: Mapping[str, str]  # challenge ids by the undecorated name of their field


def secret_field(operation: Operation) -> Field | None:
    """The field of a request that takes a code or a token."""
    found = [each for each in fields_of(operation) if each.key in _SECRETS and each.place != "header"]
    rank = {True: 0, False: 1}
    return min(found, key=lambda each: rank[each.key in names.CODE], default=None)


def verifiers(http: Http) -> list[Operation]:
    """Operations that take a short code."""
    found = [each for each in http.operations if each.role in {"otp-verify", "reset"}]
    return [each for each in found if guessable(each)]


def redeemers(http: Http) -> list[Operation]:
    """Operations that take the secret of a password reset, and a new password."""
    found = [
        each for each in http.operations if each.role in {"otp-verify", "reset"} and secret_field(each) is not None
    ]
    return [each for each in found if names.keys_of(each) & (names.PASSWORD | names.NEW_PASSWORD)]


def senders(http: Http, *, resets: bool | None = None) -> list[Operation]:
    """Operations that send a code or a link.

    :param resets: only those that are for a password (True), or those that are not (False).
    """
    found = [each for each in http.operations if each.role == "otp-send" and resets is not True]
    if resets is not False:
        asks = [each for each in http.operations if each.role == "reset" and secret_field(each) is None]
        found += [each for each in asks if not names.keys_of(each) & (names.NEW_PASSWORD | names.PASSWORD)]
    return [each for each in found if each.method != "GET"]


def versions(http: Http, operation: Operation) -> list[Mapping[str, str]]:
    """What to fill in for each version of an operation that the document has by a parameter of its path, the usual one first.

    An older one is often kept for old clients, and tells what the newer one no longer does.
    """
    usual = http.target_of(operation).partition("?")[0].split("/")
    found: list[Mapping[str, str]] = [{}]
    for each in operation.parameters:
        schema = each.schema.fragment if each.schema is not None else None
        choices = schema.get("enum") if isinstance(schema, Mapping) else None
        if each.place is not Place.PATH or squeezed(each.name) not in _VERSIONS or not isinstance(choices, list):
            continue
        hole = f"{{{each.name}}}"
        now = next(((a, b) for a, b in zip(operation.path.split("/"), usual, strict=False) if hole in a), ("", ""))
        others = [str(value) for value in choices if isinstance(value, (str, int))]
        others = [value for value in others if now[0].replace(hole, value) != now[1]]
        found += [{squeezed(each.name): value} for value in others[:_MOST_VERSIONS]]
    return found


def guessable(operation: Operation) -> bool:
    """Whether the secret that an operation takes may be a short code, by its name and by what its schema allows."""
    field = secret_field(operation)
    if field is None:
        return False
    if field.key in names.TOKEN - {"key"}:
        return 0 < _longest(operation, field) <= _SHORT
    return _longest(operation, field) <= _SHORT


def _longest(operation: Operation, field: Field) -> int:
    """What the schema says of a code's length; 0: nothing."""
    for media in operation.consumes.values():
        if media.schema is None:
            continue
        node: Any = media.schema.fragment
        for name in field.path:
            node = _property(node, name, media.schema.root)
        if isinstance(node, Mapping):
            size = node.get("maxLength", node.get("minLength", 0))
            return size if isinstance(size, int) else 0
    return 0


def _shown(operation: Operation, field: Field) -> int:
    """How many digits the document's own example of a code has; 0: it shows none."""
    for media in operation.consumes.values():
        node: Any = media.schema.fragment if media.schema is not None else None
        for name in field.path:
            node = _property(node, name, media.schema.root if media.schema is not None else {})
        example = node.get("example", next(iter(node.get("examples") or ()), "")) if isinstance(node, Mapping) else ""
        if str(example).isdecimal() and len(str(example)) <= _SHORT:
            return len(str(example))
    return 0


def _property(node: Any, name: str, root: Mapping[str, Any]) -> Any:
    for _ in range(_DEEPEST):
        if isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            node = root.get("$defs", {}).get(node["$ref"].rpartition("/")[2])
    return node.get("properties", {}).get(name) if isinstance(node, Mapping) else None


def shape_of_code(operation: Operation, told: str = "") -> str:
    """A wrong code of the right form: as long as the one that was told, or as the schema says, or six digits."""
    if told:
        return told
    field = secret_field(operation)
    return "4" * ((field and (_longest(operation, field) or _shown(operation, field))) or _DIGITS)


async def begun(http: Http, account: Account, verifier: Operation | None = None) -> Begun:
    """Have a code or a link sent to an account of our own, by the operation that belongs to `verifier`.

    :raises Unanswerable: when none does, for a valid request.
    """
    known = senders(http)
    if verifier is not None:
        known.sort(key=lambda each: _kinship(each, verifier), reverse=True)
    why, silent = "no operation sends a code", None
    for operation in known[:2]:
        for version in versions(http, operation):
            answer = await flows.sent(http, operation, account, more=version)
            if not granted(answer):
                why = f"{operation.key} answered {answer.status}"
                continue
            made = Begun(operation, answer, *handed(answer))
            if made.code:
                return made
            silent = silent or made
        if silent is not None:
            return silent
    raise Unanswerable(why)


def _kinship(sender: Operation, verifier: Operation) -> tuple[bool, int]:
    """Both for passwords or neither; then how much of the path they share."""
    about = [{*concepts(words(each.path))} & {"password", "reset"} for each in (sender, verifier)]
    pieces = zip(sender.path.split("/"), verifier.path.split("/"), strict=False)
    return bool(about[0]) == bool(about[1]), sum(a == b for a, b in pieces)


def handed(answer: Answer) -> tuple[str, dict[str, str]]:
    """The code that a reply tells, or nothing; and the ids of challenges in it."""
    told = codes(answer)
    return told[0].text if told else "", _challenges(answer)


def _challenges(answer: Answer) -> dict[str, str]:
    found: dict[str, str] = {}
    stack: list[tuple[Any, int]] = [(parse(answer.body), 0)]
    while stack:
        node, depth = stack.pop()
        for key, value in node.items() if isinstance(node, dict) and depth < _DEEPEST else ():
            if isinstance(value, dict):
                stack.append((value, depth + 1))
            elif squeezed(str(key)) in names.CHALLENGE and isinstance(value, (str, int)):
                found[squeezed(str(key))] = str(value)
    return found
