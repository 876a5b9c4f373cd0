"""The report for a person at a terminal: what is wrong and how to mend it first, then everything in a line each."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from typing import IO, Final, NamedTuple

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from ostiary.audit.asking import Progress
from ostiary.audit.report.elsewhere import listed_elsewhere
from ostiary.audit.result import INTERRUPTED, Report, Result, Since
from ostiary.model import Evidence, Outcome, Severity

WIDEST: Final = 110  # columns of prose
_LONGEST_WORD: Final = 400  # of a curl command; beyond, the other reports have it
_CURL_WORD: Final = re.compile(r"""(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+""")
_TAKE_ONE: Final = frozenset({"-H", "-X", "--data-binary", "--request-target", "--cacert", "--resolve"})
_EVIDENCE: Final = 3
_PLACES: Final = 6
_ASKABLE: Final = {
    "url": "a URL",
    "folder": "a folder",
    "document": "a document",
    "service": "a service",
    "host": "a machine",
    "apk": "a package",
    "aab": "a package",
    "ipa": "a package",
    "wheel": "a wheel",
    "jar": "a jar",
    "image": "an image",
}
_CLOSES: Final = {"closes": "the gateway closes this", "in part": "the gateway closes part", "cannot": ""}

_STYLE: Final = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "bold cyan",
    Severity.INFO: "bold blue",
}


class _Mark(NamedTuple):
    sign: str
    ascii: str
    style: str
    word: str


_MARKS: Final = {
    Outcome.PASS: _Mark("✓", "+", "green", "pass"),
    Outcome.FAIL: _Mark("✗", "x", "red", "fail"),
    Outcome.UNKNOWN: _Mark("?", "?", "yellow", "unknown"),
    Outcome.NOT_APPLICABLE: _Mark("·", "-", "dim", "n/a"),
    Outcome.ATTEST: _Mark("☐", "o", "blue", "attest"),
    Outcome.WAIVED: _Mark("~", "~", "magenta", "waived"),
}


def render(report: Report, stream: IO[str], *, width: int | None = None, colour: bool | None = None) -> None:
    """Write the report.

    :param width: columns; None asks the terminal, which may be told by COLUMNS.
    :param colour: None: as the stream is a terminal, NO_COLOR is not set and TERM is not dumb.
    """
    columns = width or min(max(shutil.get_terminal_size((80, 24)).columns, 40), WIDEST)
    console = _Console(
        file=stream,
        width=columns,
        highlight=False,
        markup=False,
        emoji=False,
        force_terminal=colour,
        no_color=True if colour is False else None,
    )
    _Page(console, fancy=_speaks_unicode(stream)).write(report)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave the end of the program to the program."""
        raise BrokenPipeError


def _speaks_unicode(stream: IO[str]) -> bool:
    try:
        "✓✗·☐█…".encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class _Page:
    def __init__(self, console: Console, *, fancy: bool) -> None:
        self._console = console
        self._fancy = fancy

    def write(self, report: Report) -> None:
        self._head(report)
        if report.failures:
            self._title("Findings")
            for result in report.failures:
                self._finding(result, new=report.since is not None and result.id in report.since.new)
        self._title("By section")
        self._sections(report)
        self._title("Every control")
        self._list(report)
        self._foot(report)

    def _print(self, text: Text | str, indent: int = 0, style: str = "") -> None:
        made = text if isinstance(text, Text) else Text(self._spelt(text), style=style)
        self._console.print(Padding(made, (0, 0, 0, indent), expand=False), overflow="fold")

    def _spelt(self, text: str) -> str:
        plain = text.replace("``", "`")
        return plain if self._fancy else plain.encode("ascii", "replace").decode()

    def _title(self, text: str) -> None:
        self._console.print()
        line = ("─" if self._fancy else "-") * max(0, self._console.width - len(text) - 1)
        self._console.print(Text.assemble((text, "bold"), " ", (line, "dim")))
        self._console.print()

    def _head(self, report: Report) -> None:
        self._print(Text.assemble(("Ostiary audit", "bold"), f" of {self._spelt(report.target)}"))
        self._print(f"{'; '.join(_looked_at(report))} in {report.seconds:.1f} s; {report.started}", style="dim")
        count = report.count()
        parts: list[tuple[str, str]] = []
        for outcome, mark in _MARKS.items():
            if count[outcome]:
                word = (
                    f"{mark.word}, {report.attested} by word"
                    if outcome is Outcome.PASS and report.attested
                    else mark.word
                )
                parts += [(f"{count[outcome]} {word}", mark.style), ("   ", "")]
        self._console.print()
        self._print(Text.assemble(*parts))
        if report.since is not None:
            self._since(report.since)
        if report.options:
            self._print(f"Asked: {'; '.join(report.options)}", style="dim")
        for note in report.notes:
            self._print(f"Note: {note}", style="yellow" if report.unauthenticated else "dim")

    def _since(self, since: Since) -> None:
        """What became of an older report's findings."""
        named = (("new", since.new), ("known", since.known), ("closed", since.gone), ("not decided", since.undecided))
        counted = ", ".join(f"{len(ids)} {word}" for word, ids in named)
        self._print(f"Since {since.source}: {counted}", style="bold")
        for word, ids in named:
            if ids and word != "known":
                self._part("", f"{word}: {', '.join(ids)}", style="dim")

    def _finding(self, result: Result, *, new: bool = False) -> None:
        label = f" {result.severity.value.upper()} "
        closing, limit = result.closing
        closes = _CLOSES[closing]
        line = Text.assemble((label, _STYLE[result.severity]), " ", (result.id, "bold"))
        first = result.decisive
        labels = [first.confidence.value] if first is not None else []
        labels += ["new"] * new + ["latent"] * result.latent
        line.append(f"  {', '.join(labels)}", style="dim")
        room = self._console.width - len(line.plain)
        if closes and room > len(closes):
            line.append(closes.rjust(room), style="green")
        self._print(line)
        self._print(result.rule, 2, "italic")
        self._part("Seen", result.why)
        self._part("Proof", first.proof if first is not None else "")
        self._part("At", self._places(result))
        for evidence in result.evidence[:_EVIDENCE]:
            self._evidence(evidence, result)
        self._part("Why", result.background)
        self._part("Fix", result.fix)
        self._part("Gateway", f"{closing}: {limit}" if limit else "")
        self._part("See", ", ".join(listed_elsewhere(result.maps)), style="dim")
        curl = next((each.curl for each in result.evidence if each.curl), "")
        if curl:
            self._curl(curl)
        self._console.print()

    def _evidence(self, evidence: Evidence, result: Result) -> None:
        where = evidence.where if evidence.where not in evidence.what else ""
        what = "" if evidence.what in {result.why, where} else evidence.what
        text = ": ".join(part for part in (where, what) if part)
        if text:
            self._part("", text, style="dim")
        if evidence.extract and evidence.extract not in text:
            self._part("", f"| {evidence.extract}", style="dim")

    def _places(self, result: Result) -> str:
        shown = result.places[:_PLACES]
        more = len(result.places) - len(shown)
        return ", ".join(shown) + (f" and {more} more" if more else "")

    def _part(self, label: str, text: str, style: str = "") -> None:
        if not text:
            return
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(width=7, style="dim")
        grid.add_column(overflow="fold")
        grid.add_row(label, Text(self._spelt(text), style=style))
        self._console.print(Padding(grid, (0, 0, 0, 2), expand=False))

    def _curl(self, curl: str) -> None:
        """In lines that a shell takes as one command."""
        words: list[str] = []
        for word in _CURL_WORD.findall(curl.replace("\n", " ")):
            if words and words[-1] in _TAKE_ONE:
                words[-1] += f" {word}"
            else:
                words.append(word)
        if curl.startswith("#") or any(len(word) > _LONGEST_WORD for word in words):
            self._part("Try", "the request is too long for here; the JSON and HTML reports hold it", style="dim")
            return
        lines = [""]
        for word in words:
            if lines[-1] and len(lines[-1]) + len(word) + 14 > self._console.width:
                lines.append("")
            lines[-1] += f" {word}" if lines[-1] else word
        text = " \\\n             ".join(lines)
        self._console.print(Text(f"  Try      {self._spelt(text)}", style="dim"), soft_wrap=True)

    def _sections(self, report: Report) -> None:
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        table.add_column("", no_wrap=True)
        used = [outcome for outcome in _MARKS if report.count()[outcome]]
        for outcome in used:
            table.add_column(_MARKS[outcome].word, justify="right", no_wrap=True)
        for section in report.sections:
            count = report.count(section)
            cells = [
                Text(
                    str(count[outcome] or ("·" if self._fancy else "-")),
                    style=_MARKS[outcome].style if count[outcome] else "dim",
                )
                for outcome in used
            ]
            table.add_row(Text(section), *cells)
        self._console.print(table)

    def _list(self, report: Report) -> None:
        listed = [each for each in report.results if not _is_silent(each)]
        longest = max((len(each.id) for each in listed), default=0)
        room = self._console.width - longest - 4
        for result in listed:
            mark = _MARKS[result.outcome]
            bad = result.outcome is Outcome.FAIL
            line = Text.assemble(
                (f"{mark.sign if self._fancy else mark.ascii} ", mark.style),
                (result.id.ljust(longest), "" if bad else "dim"),
                "  ",
                (self._cut(self._spelt(result.why), room), mark.style if bad else "dim"),
            )
            self._console.print(line, no_wrap=True, overflow="crop")
        asked = [each.id for each in report.results if each.outcome is Outcome.ATTEST and not each.kinds]
        self._together(f"{len(asked)} that only people can answer (the other reports have the questions)", asked)
        silent = [each.id for each in report.results if each.outcome is Outcome.UNKNOWN and _is_silent(each)]
        self._together(f"{len(silent)} that do not show in {_ASKABLE.get(report.form, 'these targets')}", silent)

    def _together(self, heading: str, ids: list[str]) -> None:
        if ids:
            self._console.print()
            self._print(f"{heading}:", style="dim")
            self._print(", ".join(ids), 2, "dim")

    def _cut(self, text: str, room: int) -> str:
        plain = " ".join(text.split())
        dots = "…" if self._fancy else "..."
        return plain if len(plain) <= room else plain[: max(0, room - len(dots))].rstrip() + dots

    def _foot(self, report: Report) -> None:
        if report.excluded:
            self._title("Left alone (--intrusive asks them too)")
            for each in report.excluded:
                self._print(f"{each.operation}  {each.reason}", style="dim")
        if report.unreached:
            self._title("Not reached")
            self._print(f"The budget of {report.budget:,} requests ended before these were done:", style="dim")
            self._print(", ".join(report.unreached), 2, "dim")
        legend = "  ".join(f"{mark.sign if self._fancy else mark.ascii} {mark.word}" for mark in _MARKS.values())
        self._console.print()
        self._print(legend, style="dim")
        if report.interrupted:
            self._print("Interrupted: what was not asked yet is UNKNOWN.", style="yellow")
        if report.budget:
            self._print(f"The same choices again: --seed {report.seed}", style="dim")


def _looked_at(report: Report) -> list[str]:
    """What was looked at, in phrases."""
    found = [report.read] if report.read else []
    if report.budget:
        of = f"{report.operations} operations" if report.document else "no document"
        asked = f"{report.used - report.cleaning:,} of {report.budget:,} requests"
        asked += f" and {report.cleaning} to clean up" if report.cleaning else ""
        found += [f"{report.title}, {of}" if report.title else of, asked]
    return found or [_ASKABLE.get(report.form, "read")]


def _is_silent(result: Result) -> bool:
    """Whether nothing was asked: those are named together instead of one by one."""
    return not result.kinds and result.outcome in {Outcome.UNKNOWN, Outcome.ATTEST} and result.why != INTERRUPTED


@contextlib.contextmanager
def watching(stream: IO[str], *, quiet: bool = False) -> Iterator[Callable[[Progress], None]]:
    """A progress line while an audit runs, on a terminal only; yields what to call with how far it is."""
    if quiet or not stream.isatty():
        yield lambda _: None
        return
    console = Console(file=stream, highlight=False, markup=False)
    bar = Bar(
        SpinnerColumn(),
        BarColumn(24),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TextColumn("{task.fields[requests]}"),
        TextColumn("{task.fields[found]}", style="bold"),
        TimeElapsedColumn(),
        TextColumn("{task.description}", style="dim", markup=False),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=1, requests="", found="")

        def say(at: Progress) -> None:
            found = f"{at.findings} finding{'s' * (at.findings != 1)}"
            asked = f"{at.requests} requests" if at.requests else ""
            bar.update(task, completed=at.done, total=at.total or 1, description=at.doing, requests=asked, found=found)

        yield say
