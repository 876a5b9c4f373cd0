"""Of a mobile app's source: code that trusts everybody, certificates that users install, and pins that are over or alone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity, attest, failed, not_applicable, passed
from ostiary.parts.mobile import network_rules, trees
from ostiary.parts.mobile.network_rules import Pins
from ostiary.parts.mobile.trusting_source import trusting

_SHOWN: Final = 4
_ENOUGH: Final = 2  # pins: one in use and one in reserve
_PIN: Final = re.compile(r"sha256/[A-Za-z0-9+/]{43}=")
_ADDED: Final = re.compile(r"\bCertificatePinner\b")
QUESTION: Final = "Was pinning rejected on purpose (attach the dated decision record), or are keys pinned in a way that cannot be seen here?"


async def audit_source(tree: Tree) -> Finding:
    """Look for checks that are switched off, then for pins: those of declarations, and those in code."""
    if not trees.is_app(tree):
        return not_applicable("no mobile app's source")
    texts = [*trees.code_texts(tree)]
    rules = trees.network_rules(tree)
    open_doors = {f"{file.path}:{line}": what for file, text in texts for line, what in trusting(text)}
    users = {each.place: each.what for each in network_rules.user_authorities(rules)}
    faults = {**open_doors, **users}
    if faults:
        more = f" ({len(faults)} such places)" if len(faults) > 1 else ""
        return failed(
            next(iter(faults.values())) + more,
            *(tree.show(place, what) for place, what in [*faults.items()][:_SHOWN]),
            severity=Severity.CRITICAL if open_doors else Severity.MEDIUM,
            places=tuple(faults),
            confidence=Confidence.FIRM if open_doors else Confidence.CERTAIN,
        )
    pins = [*network_rules.android_pins(rules), *_in_code((file.path, text) for file, text in texts)]
    for path, info in trees.infos(tree).items():
        pins += network_rules.ios_pins(info, path)
    return _of_pins(tree, pins) if pins else attest(f"{QUESTION} Neither declarations nor code pin any key.")


def _in_code(texts: Iterator[tuple[str, str]]) -> Iterator[Pins]:
    for path, text in texts:
        found = _PIN.findall(text)
        if found and (where := _ADDED.search(text)):
            line = (
                text.count(
                    "\n", 0, text.find(found[0], where.start()) if found[0] in text[where.start() :] else where.start()
                )
                + 1
            )
            yield Pins(hosts=(), count=len(set(found)), place=f"{path}:{line}")


def _of_pins(tree: Tree, pins: list[Pins]) -> Finding:
    today = dt.datetime.now(dt.UTC).date()
    faults = {
        each.place: f"its pins ended on {each.expires}: nothing is pinned any more"
        for each in pins
        if each.is_over(today)
    }
    for each in pins:
        if each.count < _ENOUGH:
            faults.setdefault(each.place, "one pin and none in reserve: the next key locks everybody out")
    if faults:
        shown = [tree.show(place, what) for place, what in [*faults.items()][:_SHOWN]]
        return failed(next(iter(faults.values())), *shown, places=tuple(faults), confidence=Confidence.CERTAIN)
    return passed(
        f"{len(pins)} sets of at least {min(each.count for each in pins)} pins",
        *(tree.show(each.place, f"{each.count} pins") for each in pins[:_SHOWN]),
    )
