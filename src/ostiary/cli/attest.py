"""``ostiary attest``: questions that only people can answer are asked in the catalogue's words, and answers kept at once."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ostiary import catalogue
from ostiary.cli.columns import table
from ostiary.cli.policy import DEFAULT_FILE
from ostiary.closing import toml_text
from ostiary.config import Config, read
from ostiary.errors import ConfigError
from ostiary.parts import attestations
from ostiary.parts.attestations import ANSWERS, NoAnswer
from ostiary.parts.printable import on_one_line
from ostiary.parts.toml_tables import NotPlaced, with_table

INTERRUPTED: Final = 130
_WIDTH: Final = 88
_LETTERS: Final = {"y": "yes", "n": "no", "na": "not-applicable", "n/a": "not-applicable", "s": "", "": "", "skip": ""}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary attest``."""
    parser.add_argument("control", nargs="?", metavar="CONTROL", help="answer for this one, without being asked")
    parser.add_argument("--config", type=Path, metavar="FILE", default=Path(DEFAULT_FILE), help="where answers are kept (default: %(default)s)")  # fmt: skip
    parser.add_argument("--report", type=Path, metavar="REPORT.json", help="ask what this report of an audit left open")
    parser.add_argument("--list", action="store_true", help="list the questions and what was answered; ask nothing")
    given = parser.add_argument_group("an answer")
    given.add_argument("--answer", choices=ANSWERS)
    given.add_argument("--owner", metavar="WHO", help="who answers for it: a name or a role that can be reached")
    given.add_argument("--evidence", metavar="URL|FILE", help="what shows it")
    given.add_argument("--expires", metavar="DAY|TIME", default="365d", help="until when, such as 180d or 2027-06-30 (default: %(default)s)")  # fmt: skip
    given.add_argument("--note", metavar="TEXT", default="", help="a sentence; for not-applicable the reason")


def run(args: argparse.Namespace) -> int:
    """Ask, or take the answer that the options give.

    :raises ConfigError: for what is no answer, a file that cannot be written, or questions without a terminal.
    """
    config = read(args.config) if args.config.exists() else Config()
    if args.list:
        print(_listed(config, _open(args.report, config) if args.report else _asked()))
        return 0
    if args.control is not None:
        _given(args)
        return 0
    if not sys.stdin.isatty():
        hint = "ostiary attest CONTROL --answer yes --owner WHO --evidence URL; --list shows the questions"
        raise ConfigError("ostiary attest", "asks questions, and standard input is no terminal", hint)
    return _interview(args, config)


def _asked() -> list[str]:
    """Controls that people answer for in the end, whatever is audited."""
    return [each for each in catalogue.ids() if catalogue.control(each).by_attestation or _by_people(each)]


def _by_people(control_id: str) -> bool:
    told = control_id.startswith("people.") or control_id in {"infra.abuse-readiness", "infra.compliance-requirements"}
    return told and bool(catalogue.control(control_id).attest)


def _open(report: Path | None, config: Config) -> list[str]:
    """What is open: of a report its ATTEST, without one the questions no check exists for; answered ones are left out."""
    ids = _asked() if report is None else _of_report(report)
    return [each for each in ids if _state(config, each)[0] != "answered"]


def _of_report(path: Path) -> list[str]:
    try:
        results = json.loads(path.read_text(encoding="utf-8"))["results"]
        found = [str(each["id"]) for each in results if each["outcome"] == "ATTEST"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"--report {path}", "is no report of an audit", "write one: ostiary audit ... -o report.json"
        ) from error
    return [each for each in found if each in catalogue.ids()]


def _state(config: Config, control_id: str) -> tuple[str, str]:
    given = config.attest.get(control_id)
    if given is None:
        return "open", ""
    try:
        read_as = attestations.read(given, dt.datetime.now(dt.UTC).date())
    except NoAnswer as error:
        return "open again", f"the answer {error}"
    return "answered", f"{read_as.answer}, by {read_as.owner} until {read_as.expires}"


def _listed(config: Config, ids: Sequence[str]) -> str:
    every = dict.fromkeys([*ids, *(each for each in config.attest if each in catalogue.ids())])
    rows = [(each, *_state(config, each)) for each in catalogue.ids() if each in every]
    lines = [table([tuple(on_one_line(cell) for cell in row) for row in rows])] if rows else []
    for each in (row[0] for row in rows if row[1] != "answered"):
        lines += ["", each, *_wrapped(catalogue.control(each).attest)]
    return "\n".join(lines) or "nothing is open"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _given(args: argparse.Namespace) -> None:
    control_id = args.control.replace("_", "-")
    control = catalogue.control(control_id)
    if not control.attest:
        raise ConfigError(control_id, "has no question for people: a check decides it")
    if args.answer is None:
        raise ConfigError(
            f"ostiary attest {control_id}",
            "no answer is given",
            f"--answer {'|'.join(ANSWERS)}; asked is: {control.attest}",
        )
    answer = {
        "answer": args.answer,
        "owner": args.owner or "",
        "evidence": args.evidence or "",
        "expires": args.expires,
        "note": args.note,
    }
    until = keep(args.config, control_id, answer)
    print(f"{args.config}: {control_id} is answered {args.answer} until {until}")


def keep(file: Path, control_id: str, answer: Mapping[str, str]) -> dt.date:
    """Write an answer of today into a policy; comments and all other tables stay as they are.

    :return: the day until which it counts.
    :raises ConfigError: when it is no answer, or the file cannot take it.
    """
    today = dt.datetime.now(dt.UTC).date()
    plain: dict[str, Any] = {key: value for key, value in answer.items() if value}
    try:
        until = attestations.read({**plain, "date": today}, today).expires
    except NoAnswer as error:
        raise ConfigError(control_id, f"the answer {error}", "ostiary attest --help") from error
    body = [
        f"answer = {toml_text.value(plain.pop('answer'))}",
        f"owner = {toml_text.value(plain.pop('owner'))}",
        f"date = {today}",
    ]
    body += toml_text.pairs(plain)
    try:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        made = with_table(text, ("attest", control_id), f'attest."{control_id}"', body)
    except (OSError, UnicodeDecodeError, NotPlaced) as error:
        raise ConfigError(
            str(file), f"cannot take the answer: {error}", f'write [attest."{control_id}"] by hand'
        ) from error
    _replace(file, made)
    return until


def _replace(file: Path, text: str) -> None:
    """All of the new text or the old, whatever happens."""
    descriptor, name = tempfile.mkstemp(dir=file.resolve().parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(name).chmod(file.stat().st_mode & 0o777 if file.exists() else 0o644)
        Path(name).replace(file.resolve())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _interview(args: argparse.Namespace, config: Config) -> int:
    ids = _open(args.report, config)
    if not ids:
        print("nothing is open")
        return 0
    owner, kept = args.owner or "", 0
    print(f"{len(ids)} questions. yes, no, not-applicable or skip; Ctrl-C ends, and keeps what was answered.")
    try:
        for at, control_id in enumerate(ids, 1):
            print(f"\n{at}/{len(ids)} {control_id}: {catalogue.page(control_id).rule}")
            print("\n".join(_wrapped(catalogue.control(control_id).attest)))
            answer = _answer(owner)
            if answer:
                owner = answer["owner"]
                kept += _kept(args.config, control_id, answer)
    except (KeyboardInterrupt, EOFError):
        print(f"\n{kept} answers are in {args.config}")
        return INTERRUPTED
    print(f"\n{kept} answers are in {args.config}")
    return 0


def _answer(owner: str) -> dict[str, str]:
    while True:
        said = input("answer [y/n/na/skip]: ").strip().lower()
        word = _LETTERS.get(said, said)
        if not word:
            return {}
        if word in ANSWERS:
            break
        print("  yes, no, not-applicable or skip")
    who = input(f"who answers for it{f' [{owner}]' if owner else ''}: ").strip() or owner
    evidence = input("evidence (URL or file): ").strip()
    expires = input("until [365d]: ").strip() or "365d"
    note = input("note: ").strip()
    return {"answer": word, "owner": who, "evidence": evidence, "expires": expires, "note": note}


def _kept(file: Path, control_id: str, answer: Mapping[str, str]) -> int:
    try:
        print(f"  kept, until {keep(file, control_id, answer)}")
    except ConfigError as error:
        print(f"  not kept: {error}")
        return 0
    return 1
