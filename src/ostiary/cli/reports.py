"""A report goes where the operator says, in the form that its suffix or ``--format`` names."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Final

from ostiary.cli.asking import check_writable
from ostiary.cli.pipe import drop_output
from ostiary.errors import ConfigError

if TYPE_CHECKING:
    from ostiary.audit.result import Report

_SUFFIXES: Final = {
    ".json": "json",
    ".html": "html",
    ".htm": "html",
    ".txt": "terminal",
    ".sarif": "sarif",
    ".xml": "junit",
}


def check_outputs(args: argparse.Namespace) -> None:
    """Say before the audit what could not be written after it.

    :raises ConfigError: for an odd suffix without a format, and for a folder that is not there.
    """
    for path in args.output:
        if args.format is None and path.suffix.lower() not in _SUFFIXES:
            raise ConfigError(
                f"-o {path}", "its suffix names no format", "use .json, .html, .sarif, .xml or .txt, or say --format"
            )
        check_writable(path, "-o")


def write(args: argparse.Namespace, report: Report) -> None:
    """Write every file that was asked for, and standard output unless it is to be quiet."""
    for path in args.output:
        form = _SUFFIXES.get(path.suffix.lower(), args.format)
        form = args.format if {form, args.format} == {"sarif", "github"} else form
        with path.open("w", encoding="utf-8") as stream:
            _FORMS[form](report, stream)
        if not args.quiet:
            print(f"wrote {path}", file=sys.stderr)
    if not args.output or (args.format is None and not args.quiet):
        try:
            _FORMS[args.format or "terminal"](report, sys.stdout)
            sys.stdout.flush()
        except BrokenPipeError:  # what was found decides the exit code all the same
            drop_output()


def _terminal(report: Report, stream: IO[str]) -> None:
    from ostiary.audit.report import terminal  # noqa: PLC0415 - rich is of the extra "audit"

    terminal.render(report, stream)


def _json(report: Report, stream: IO[str]) -> None:
    from ostiary.audit.report import json  # noqa: PLC0415 - with its siblings

    stream.write(json.render(report))


def _html(report: Report, stream: IO[str]) -> None:
    from ostiary.audit.report import html  # noqa: PLC0415 - jinja2 is of the extra "audit"

    stream.write(html.render(report))


def _sarif(report: Report, stream: IO[str]) -> None:
    from ostiary.audit.report import sarif  # noqa: PLC0415 - with its siblings

    stream.write(sarif.render(report))


def _github(report: Report, stream: IO[str]) -> None:
    from ostiary.audit.report import sarif  # noqa: PLC0415 - with its siblings

    stream.write(sarif.render_failures(report))


def _junit(report: Report, stream: IO[str]) -> None:
    from ostiary.audit.report import junit  # noqa: PLC0415 - with its siblings

    stream.write(junit.render(report))


_FORMS: Final[dict[str, Callable[[Report, IO[str]], None]]] = {
    "terminal": _terminal,
    "json": _json,
    "html": _html,
    "sarif": _sarif,
    "github": _github,
    "junit": _junit,
}
FORMATS: Final = tuple(_FORMS)  # what ``--format`` takes
