"""Of a mobile app's source: inner hosts, grants for servers, and interfaces whose makers give them to servers alone."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest, failed, not_applicable
from ostiary.parts.mobile import trees
from ostiary.parts.mobile.hosts import FOR_SERVERS, addresses

_SHOWN: Final = 4
_NAMED: Final = 12  # hosts in a question
_QUESTION: Final = "Which operations, your own and third parties', are for servers alone (attach the list)?"


async def audit_source(tree: Tree) -> Finding:
    """Compare the addresses in the app's texts with what only servers reach or may use."""
    if not trees.is_app(tree):
        return not_applicable("no mobile app's source")
    faults: dict[str, str] = {}
    hosts: set[str] = set()
    for place, value in trees.literals(tree):
        if value in {"client_credentials", "grant_type=client_credentials"}:
            faults.setdefault(place, "the grant client_credentials needs a secret that an app cannot keep")
        if "." not in value:
            continue
        if FOR_SERVERS.search(value):
            faults.setdefault(place, "an interface that its maker gives to servers alone is called")
        for each in addresses(value):
            if each.inner:
                faults.setdefault(place, f"the app knows {each.inner} ({each.host})")
            elif each.scheme:
                hosts.add(each.host)
    if faults:
        first = next(iter(faults.values()))
        more = f" and {len(faults) - 1} more such places" if len(faults) > 1 else ""
        return failed(
            first + more, *(tree.show(place, what) for place, what in [*faults.items()][:_SHOWN]), places=tuple(faults)
        )
    return attest(f"{_QUESTION} The app's texts name {', '.join(sorted(hosts)[:_NAMED]) or 'no host'}.")
