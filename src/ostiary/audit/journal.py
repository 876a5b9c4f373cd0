"""What is found is written down at once, so that an audit that was killed need not ask it all again; no secret is."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from ostiary.audit.result import Result
from ostiary.errors import ConfigError
from ostiary.evidence import Shown
from ostiary.model import Confidence, Evidence, Finding, Kind, Outcome, Severity

FORMAT: Final = 1
_OPTION: Final = "--resume"


class Done(NamedTuple):
    """What an earlier run found out about one control, and what it cost."""

    findings: tuple[Finding, ...]
    requests: int


class Journal:
    """A file that grows by a line with each result.

    :param path: where; a file that exists is continued, if it is of the same audit and did not come to its end.
    :param about: what makes it the same audit: target, document, options.
    :raises ConfigError: when the file cannot be used, or is of another audit.
    """

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        self.path = path
        self.done: dict[str, Done] = {}
        self.seed: int | None = None
        self._about = json.loads(json.dumps(about))
        self._file: IO[str] | None = None
        self._read()

    def begin(self, seed: int) -> None:
        """Open for writing; only its owner may read it."""
        fresh = not self.done
        flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if fresh else os.O_APPEND) | getattr(os, "O_NOFOLLOW", 0)
        try:
            number = os.open(self.path, flags, 0o600)
            os.fchmod(number, 0o600)
        except OSError as error:
            raise ConfigError(f"{_OPTION} {self.path}", f"cannot be written: {error.strerror or error}") from error
        self._file = os.fdopen(number, "w" if fresh else "a", encoding="utf-8")
        if fresh:
            self._write({"journal": FORMAT, "about": self._about, "seed": seed})
        else:
            self._file.write("\n")  # a line that was cut off ends here

    def keep(self, result: Result) -> None:
        """Write down one result."""
        findings = [_plain(each) for each in result.findings]
        self._write({"id": result.id, "requests": result.requests, "findings": findings})

    def end(self, *, finished: bool) -> None:
        """Close it; an audit that came to its end is not continued."""
        if self._file is not None:
            if finished:
                self._write({"ended": True})
            self._file.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line, default=str) + "\n")
            self._file.flush()

    def _read(self) -> None:
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise ConfigError(f"{_OPTION} {self.path}", f"cannot be read: {error}") from error
        read = [found for line in lines if (found := _loaded(line)) is not None]
        if not read and not any(line.strip() for line in lines):
            return
        head = read[0] if read else {}
        if head.get("journal") != FORMAT:
            raise ConfigError(f"{_OPTION} {self.path}", "is no journal of this program: it will not be overwritten")
        if any("ended" in each for each in read):
            return
        if head.get("about") != self._about:
            was = head.get("about", {}).get("target", "something else")
            raise ConfigError(
                f"{_OPTION} {self.path}",
                f"is of another audit, of {was}",
                "name another file, or give the same options",
            )
        self.seed = int(head["seed"])
        try:
            self.done = {str(each["id"]): _done(each) for each in read if "id" in each}
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"{_OPTION} {self.path}", "holds a result that cannot be read") from error


def _loaded(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None  # the line at which it was killed
    return found if isinstance(found, dict) else None


def _plain(finding: Finding) -> dict[str, Any]:
    found = {each.name: getattr(finding, each.name) for each in dataclasses.fields(finding) if each.name != "evidence"}
    return {**found, "facts": dict(finding.facts), "evidence": [_evidence(each) for each in finding.evidence]}


def _evidence(evidence: Evidence) -> dict[str, Any]:
    found = {each.name: getattr(evidence, each.name) for each in dataclasses.fields(evidence)}
    if isinstance(evidence, Shown):
        found |= {"shown": True, "body": base64.b64encode(evidence.body).decode()}
    return found


def _done(line: Mapping[str, Any]) -> Done:
    return Done(tuple(_finding(each) for each in line["findings"]), int(line["requests"]))


def _finding(plain: Mapping[str, Any]) -> Finding:
    return Finding(
        outcome=Outcome(plain["outcome"]),
        why=plain["why"],
        evidence=tuple(_seen(each) for each in plain["evidence"]),
        severity=Severity(plain["severity"]) if plain["severity"] else None,
        kind=Kind(plain["kind"]) if plain["kind"] else None,
        confidence=Confidence(plain["confidence"]),
        proof=plain["proof"],
        places=tuple(plain["places"]),
        facts=plain["facts"],
    )


def _seen(plain: Mapping[str, Any]) -> Evidence:
    rest = {name: value for name, value in plain.items() if name != "shown"}
    if not plain.get("shown"):
        return Evidence(**rest)
    pairs = {name: tuple((str(one), str(two)) for one, two in rest[name]) for name in ("headers", "reply_headers")}
    return Shown(**{**rest, **pairs, "body": base64.b64decode(rest["body"])})
