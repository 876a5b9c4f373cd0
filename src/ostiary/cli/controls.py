"""The catalogue as a table: what is enforced and audited today, and honestly what is not yet."""

from __future__ import annotations

import argparse
import json
from typing import NamedTuple

from ostiary import __version__, catalogue
from ostiary.cli.columns import table, wrapped
from ostiary.model import Kind


class Status(NamedTuple):
    """What is built of one control."""

    id: str
    enforced: bool
    audited: tuple[str, ...]  # kinds of target
    attested: bool  # a person's answer is all there can be from outside

    @property
    def built(self) -> bool:
        """Whether anything of it runs, or a person answers for it."""
        return self.enforced or bool(self.audited) or self.attested

    def __str__(self) -> str:
        """``enforced; audited on: live, spec``."""
        parts = ["enforced"] if self.enforced else []
        parts += [f"audited on: {', '.join(self.audited)}"] if self.audited else []
        parts += ["by attestation"] if self.attested else []
        return "; ".join(parts) or "not yet"

    @property
    def short(self) -> str:
        """The same for a column: ``guard, live, source``."""
        by = ["guard"] * self.enforced + list(self.audited) + ["people"] * self.attested
        return ", ".join(by) or "not yet"


def status(control_id: str) -> Status:
    """Look at what a control's module brings."""
    control = catalogue.control(control_id)
    return Status(
        control_id,
        control.guard is not None or bool(control.enforced_by),
        tuple(kind.value for kind in Kind if kind in control.audits),
        control.by_attestation,
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary controls``."""
    parser.add_argument("--json", action="store_true", help="print JSON; its keys are stable")
    parser.add_argument("section", nargs="?", choices=list(catalogue.SECTIONS), metavar="SECTION", help="only this one")


def run(args: argparse.Namespace) -> int:
    """Print the table, or its JSON form."""
    found = [status(each) for each in catalogue.ids() if args.section in {None, each.partition(".")[0]}]
    print(_json(found) if args.json else _text(found))
    return 0


def counts(found: list[Status]) -> dict[str, int]:
    """How many controls there are of each kind."""
    return {
        "controls": len(found),
        "enforced": sum(each.enforced for each in found),
        "audited": sum(bool(each.audited) for each in found),
        "attested": sum(each.attested for each in found),
        "not-yet": sum(not each.built for each in found),
    }


def _text(found: list[Status]) -> str:
    lines = []
    for section, title in catalogue.SECTIONS.items():
        rows = [
            (each.id, catalogue.control(each.id).severity.value, each.short)
            for each in found
            if each.id.startswith(f"{section}.")
        ]
        if rows:
            lines += [title, table(rows, indent=2), ""]
    total = counts(found)
    lines.append(
        wrapped(
            f"{total['controls']} controls: {total['enforced']} enforced, {total['audited']} audited, "
            f"{total['attested']} by attestation, {total['not-yet']} not yet.",
        ),
    )
    return "\n".join(lines)


def _json(found: list[Status]) -> str:
    rows = []
    for each in found:
        control = catalogue.control(each.id)
        rows.append(
            {
                "id": each.id,
                "section": each.id.partition(".")[0],
                "severity": control.severity.value,
                "strength": control.strength,
                "rule": catalogue.page(each.id).rule,
                "enforced": each.enforced,
                "enforced-by": control.enforced_by,
                "audited": list(each.audited),
                "probe": control.probe.value,
                "attested": each.attested,
                "question": control.attest,
                "status": str(each),
            },
        )
    return json.dumps({"version": __version__, "counts": counts(found), "controls": rows}, indent=2, ensure_ascii=False)
