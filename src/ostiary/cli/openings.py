"""Which operations anybody may call is said in one place, with the list that opens others ready to be pasted."""

from __future__ import annotations

import re
from typing import Any, Final

from ostiary.cli.columns import table, wrapped
from ostiary.config import resolve
from ostiary.guard.site import Compiled
from ostiary.model import Api, Operation
from ostiary.parts.public_operations import PublicOperations, Said, said_of
from ostiary.strict import dumps

CONTROL: Final = "processing.all-endpoints-authenticated"
MOST_ROWS: Final = 10  # shown unless all are asked for
_FOR_STRANGERS: Final = re.compile(
    r"/(?:\.well-known/.*|health[a-z]*|livez?|liveness|readyz?|readiness|ping|version|jwks(?:\.json)?|openapi\.(?:json|yaml))$"
)
_ROLES: Final = {
    "login": "a login: no token yet",
    "otp-verify": "a code check: no token yet",
    "otp-send": "sends a code: no token yet",
    "reset": "a reset: no token yet",
    "register": "a sign-up: no token yet",
}
_WORDS: Final = {
    Said.OPEN: "security: [] in the document",
    Said.OPTIONAL: "token optional ({}) in the document",
    Said.OTHERWISE: "the document asks for another key",
}
Row = tuple[str, str]


def show(compiled: Compiled, *, everything: bool) -> None:
    """Print who is asked for a token, what is open, what is closed although the document opens it, and what to write.

    :param everything: all operations of each kind, not only the first few.
    """
    lines, opens = _verdict(compiled)
    for line in lines:
        print(wrapped(line, hang=2))
    operations = compiled.site.operations
    public = [each for each in operations if opens is not None and each in opens]
    speaks = any(each.security for each in operations)
    suggested = [
        (each, why)
        for each in operations
        if each not in public and (why := _why_open(each, compiled.api, speaks=speaks))
    ]
    _rows(
        "Open without a token, as listed:",
        [(each.key, _said(each, compiled.api)) for each in public],
        everything=everything,
    )
    title = "Said to be open:" if opens is None else "Closed here, though they may be meant to be open:"
    _rows(title, [(each.key, why) for each, why in suggested], everything=everything)
    if suggested and not everything:
        print("ostiary check --open writes the list to choose from.")
    elif suggested:
        _paste([*(_settings(compiled).public if opens is not None else ()), *(each.key for each, _ in suggested)])
    print()


def _paste(entries: list[str]) -> None:
    print("\nWhat is for strangers indeed goes into the policy; leave out the rest:\n")
    print(f"[{CONTROL}]\npublic = [")
    for entry in entries:
        print(f"  {dumps(entry).decode()},")
    print("]")


def _verdict(compiled: Compiled) -> tuple[list[str], PublicOperations | None]:
    """What the policy does about callers, and what it opens; None where it asks nobody for a token."""
    config = compiled.config
    if not config.issuers:
        return ["Callers: NOT CHECKED. No issuer is configured ([issuers.NAME]): every operation is open to all."], None
    if CONTROL in config.off:
        return [f"Callers: NOT CHECKED. {CONTROL} is off: {config.off[CONTROL]}"], None
    if config.only is not None and CONTROL not in config.only:
        return [f"Callers: NOT CHECKED. `only` leaves {CONTROL} out."], None
    opens = PublicOperations((), compiled.site, f"{CONTROL} public", optional=_listed(compiled))
    total = len(compiled.site.operations)
    number = sum(each in opens for each in compiled.site.operations)
    names = ", ".join(config.issuers)
    but = (
        f"{number} of {total} operations"
        if compiled.api is not None
        else f"the list ({len(_listed(compiled))} entries)"
    )
    lines = [f"Callers: a token of {names} for everything but {but}."]
    said = {said_of(each, compiled.api) for each in compiled.site.operations}
    if compiled.api is not None and said == {Said.NOTHING}:
        lines.append("The document says nothing of security: everything is closed that is not listed.")
    return lines, opens


def _listed(compiled: Compiled) -> tuple[str, ...]:
    settings = _settings(compiled)
    found: tuple[str, ...] = (*settings.public, *settings.optional)
    return found


def _settings(compiled: Compiled) -> Any:
    return resolve(compiled.config, CONTROL).settings


def _why_open(operation: Operation, api: Api | None, *, speaks: bool) -> str:
    """Why an operation may be meant for strangers; "" where nothing says so, or the document says otherwise.

    :param speaks: whether the document asks for something elsewhere, so that its silence here means something.
    """
    said = said_of(operation, api)
    if said in {Said.CLOSED, Said.KEY}:
        return ""
    if said is not Said.NOTHING:
        return _WORDS[said]
    if operation.role:
        return _ROLES.get(operation.role, operation.role)
    if operation.method == "GET" and _FOR_STRANGERS.search(operation.path.rstrip("/")):
        return "for probes or strangers"
    return "no security in the document" if speaks else ""


def _said(operation: Operation, api: Api | None) -> str:
    said = said_of(operation, api)
    known = {
        Said.OPEN: "open in the document, too",
        Said.OPTIONAL: "token optional in the document",
        Said.NOTHING: "the document says nothing",
        Said.OTHERWISE: "the application asks for another key",
        Said.KEY: "the document asks for a key",
    }
    return known.get(said, "against the document")


def _rows(title: str, rows: list[Row], *, everything: bool) -> None:
    if not rows:
        return
    shown = rows if everything else rows[:MOST_ROWS]
    print(title)
    print(table(shown, indent=2))
    if len(shown) < len(rows):
        print(f"  and {len(rows) - len(shown)} more")
