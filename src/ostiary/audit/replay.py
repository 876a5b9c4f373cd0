"""A report's failures are asked again: the same requests, and whether they are answered as they were."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ostiary.audit import target as targets
from ostiary.audit.gather.budget import Budget
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.live import Live, Pairs
from ostiary.audit.gather.show import MASK
from ostiary.audit.gather.wire import Wire
from ostiary.errors import ConfigError, Unanswerable
from ostiary.evidence import Answer
from ostiary.parts.printable import printable

MOST: Final = 1000  # requests
# Differ between two answers to the same question without meaning anything.
_FLEETING: Final = frozenset(
    {"date", "age", "etag", "last-modified", "expires", "content-length", "set-cookie", "x-request-id", "connection"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """One request of a failure, sent again; ``changes`` says what is different, empty when it answers as it did."""

    control: str
    request: str
    still: bool
    changes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{'same   ' if self.still else 'changed'}  {self.control}  {self.request}" + (
            f"  ({'; '.join(self.changes)})" if self.changes else ""
        )


async def replay(
    url: str,
    report: Path,
    *,
    authorized: bool = False,
    cacert: str | None = None,
    resolve: Sequence[str] = (),
    headers: Pairs = (),
    identities: Mapping[str, Pairs] | None = None,
    timeout: float = 10.0,  # noqa: ASYNC109 - of each request
) -> list[Again]:
    """Send the requests of a report's failures again, in its order.

    :param report: a JSON report.
    :raises ConfigError: when it is none.
    :raises Unanswerable: when the target cannot be reached.
    """
    recorded = read(report)
    target = await targets.pin(targets.parse(url), authorized=authorized, resolve=resolve)
    wire = Wire(target, timeout=timeout, cacert=cacert)
    live = Live(target, wire, Budget(MOST), headers=headers, identities=identities)
    try:
        return [await _again(live, control, each) for control, each in recorded]
    finally:
        await wire.close()


def read(report: Path) -> list[tuple[str, dict[str, Any]]]:
    """The repeatable requests of a report's failures, with their controls; equal ones once per control."""
    try:
        plain = json.loads(report.read_text(encoding="utf-8"))
        failures = [each for each in plain["controls"] if each["outcome"] == "FAIL"]
        found = [(each["id"], seen["replay"]) for each in failures for seen in each["evidence"] if "replay" in seen]
    except OSError as error:
        raise ConfigError(f"--replay {report}", f"cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"--replay {report}", "is not a JSON report of this program") from error
    unique = {(control, json.dumps(each, sort_keys=True)): (control, each) for control, each in found}
    return list(unique.values())


async def _again(live: Live, control: str, recorded: Mapping[str, Any]) -> Again:
    try:
        method, target = str(recorded["method"]), str(recorded["target"])
        headers = [(str(name), str(value)) for name, value in recorded["headers"]]
        body = base64.b64decode(recorded["body"])
        who, status = str(recorded["identity"]), int(recorded["status"])
        before = [(str(name), str(value)) for name, value in recorded["reply_headers"]]
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise ConfigError("--replay", f"{control} holds a request that cannot be read") from error
    request = printable(f"{method} {target}")[:120]
    if who and who not in live.identities:
        return Again(control=control, request=request, still=False, changes=(f"no credentials named {who!r}",))
    sent = [pair for pair in headers if pair[0].lower() not in {"host", "content-length", "user-agent"}]
    sent += [pair for pair in headers if pair[0].lower() == "host" and not _was_target(pair[1], recorded, live)]
    try:
        answer = await LiveHttp(live, control).send(method, target, headers=sent, body=body, identity=who, fresh=True)
    except (Unanswerable, ValueError) as error:
        return Again(control=control, request=request, still=False, changes=(str(error),))
    changes = differences(status, before, answer)
    return Again(control=control, request=request, still=not changes, changes=tuple(changes))


def _was_target(host: str, recorded: Mapping[str, Any], live: Live) -> bool:
    """Whether a Host header named the audited server, so that the one asked now stands in for it."""
    return host == str(recorded.get("authority", live.target.authority))


def differences(status: int, before: Sequence[tuple[str, str]], answer: Answer) -> list[str]:
    """What an answer has that the recorded one had not, in words; what changes with every answer does not count."""
    found = [] if answer.status == status else [f"status {status} -> {answer.status}"]
    old = {name: value for name, value in before if name not in _FLEETING}
    new = {name: value for name, value in answer.headers if name not in _FLEETING}
    found += [f"{name} is gone" for name in old if name not in new]
    found += [f"{name} is new" for name in new if name not in old]
    found += [
        f"{name} differs"
        for name in new
        if name in old and MASK not in old[name] and old[name].removesuffix("...") not in printable(new[name])
    ]
    return found
