"""Of a package: inner hosts, grants for servers, and interfaces whose makers give them to servers alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.package import Package, Text
from ostiary.model import Evidence, Finding, attest, failed, not_applicable
from ostiary.parts.mobile.hosts import FOR_SERVERS, addresses

_SHOWN: Final = 4
_NAMED: Final = 12  # hosts in a question
_GRANT: Final = re.compile(r"(?:grant_type=)?client_credentials")
_MENTIONS: Final = frozenset({"json", "md", "txt", "csv"})  # data and notes, where a grant's name is no call


async def audit_mobile(package: Package) -> Finding:
    """Compare the addresses in the app's own texts with what only servers reach or may use."""
    hosts: dict[str, None] = {}
    faults: list[Evidence] = []
    places: set[str] = set()
    for text in package.texts():
        for what, extract in _told(text, hosts):
            if text.where not in places:
                places.add(text.where)
                faults.append(package.show(text.where, what, extract))
    if faults:
        return failed(
            f"{faults[0].what} ({len(faults)} such {'place' if len(faults) == 1 else 'places'})",
            *faults[:_SHOWN],
            places=tuple(each.where for each in faults),
            facts={"hosts": sorted(hosts)[:100]},
        )
    if package.complete:
        return attest(f"{_QUESTION} Not all code could be looked at: {package.complete}.")
    if not hosts:
        return not_applicable("no address of any server is among the app's texts")
    return attest(f"{_QUESTION} The app's own texts name {', '.join(sorted(hosts)[:_NAMED])}.")


_QUESTION: Final = "Which operations, your own and third parties', are for servers alone (attach the list)?"


def _told(text: Text, hosts: dict[str, None]) -> Iterator[tuple[str, str]]:
    """What is wrong with a text; public hosts that it names are noted."""
    value = text.value
    if _GRANT.fullmatch(value) and text.where.rpartition(":")[0].rpartition(".")[2] not in _MENTIONS:
        yield "the grant client_credentials, which needs a secret that an app cannot keep", value
    if "." not in value:
        return
    if found := FOR_SERVERS.search(value):
        yield "an interface that its maker gives to servers alone", found[0]
    for each in addresses(value):
        if each.inner:
            yield f"{each.inner}: {each.host}", f"{each.scheme}://{each.host}" if each.scheme else each.host
        elif "." in each.host and each.scheme in {"http", "https", "ws", "wss"}:
            hosts[each.host] = None
