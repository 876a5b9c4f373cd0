"""``ostiary audit``: which controls a product keeps, with evidence; the exit code says whether findings matter."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ostiary import config as policy
from ostiary.audit.recognise import THIS_MACHINE, Form, Target, recognise
from ostiary.cli.asking import (
    UNREACHABLE,
    add_credentials,
    add_limits,
    add_way,
    check_new,
    credentials,
    hushed,
    interruptible,
    options,
    sendable,
    users,
)
from ostiary.cli.reports import FORMATS, check_outputs, write
from ostiary.cli.trees import add_trees, tree_settings
from ostiary.config import Config
from ostiary.errors import ConfigError, Unanswerable
from ostiary.model import Severity
from ostiary.parts.printable import on_one_line

if TYPE_CHECKING:
    from ostiary.audit.result import Report

_EPILOG: Final = """\
exit codes:
  0  no finding at or above --fail-on      3  the target does not answer
  1  findings at or above --fail-on        4  authentication failed
  2  wrong use                           130  interrupted; the report is partial

Secrets need not stand on the command line: env:NAME reads a variable, and
OSTIARY_BEARER is used when --bearer is absent.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``ostiary audit``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("targets", metavar="TARGET", nargs="*",
                        help="a URL, a folder, an .apk, .aab, .ipa, .whl or .jar, an image's tar, an API document, host:port")  # fmt: skip
    parser.add_argument("--host", action="store_true", help="this machine too")
    parser.add_argument("--api", metavar="FILE|URL", help="its OpenAPI or Swagger document (default: look for it)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="an ostiary.toml: [off] is shown as WAIVED")
    parser.add_argument("--only", action="append", metavar="ID", help="ask only this control, section or pattern")
    parser.add_argument("--skip", action="append", default=[], metavar="ID", help="leave this one out")
    parser.add_argument(
        "--fail-on",
        type=_severity,
        default=Severity.LOW,
        metavar="SEVERITY",
        help="exit 1 for findings from here: critical, high, medium, low, info (default: low)",
    )
    parser.add_argument("--import", action="append", default=[], type=Path, metavar="FILE.sarif", dest="imports",
                        help="add what another tool found: bandit, ruff, semgrep, checkov, zizmor, mobsfscan ...")  # fmt: skip
    add_credentials(parser)
    add_limits(parser)
    add_way(parser)
    add_trees(parser)
    again = parser.add_argument_group("before and after")
    again.add_argument("--plan", action="store_true", help="say what would be asked and changed; ask nothing")
    again.add_argument("--resume", type=Path, metavar="FILE", help="keep a journal, and go on where it ends")
    again.add_argument("--baseline", type=Path, metavar="OLD.json", help="only findings that this report lacks count")
    again.add_argument("--from-report", type=Path, metavar="OLD.json", help="ask again only what failed in this report")
    again.add_argument("--seed", type=int, metavar="N", help="make the same choices again (reports tell theirs)")
    out = parser.add_argument_group("reports")
    out.add_argument("--format", choices=FORMATS,
                     help="of standard output and of odd suffixes; github: SARIF of failures alone, for code scanning")  # fmt: skip
    out.add_argument("-o", "--output", action="append", default=[], type=Path, metavar="FILE",
                     help="write .json, .html, .sarif, .xml (JUnit) or .txt, by its suffix; may be given again")  # fmt: skip
    out.add_argument(
        "--write-policy", type=Path, metavar="ostiary.toml", help="write the policy that closes what is found"
    )
    out.add_argument("-q", "--quiet", action="store_true", help="no progress; with -o, nothing on standard output")
    out.add_argument("--replay", type=Path, metavar="REPORT.json", help="ask a report's failures again, nothing else")


def _severity(text: str) -> Severity:
    try:
        return Severity(text.lower())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(Severity)}") from None


def run(args: argparse.Namespace) -> int:
    """Audit, write the reports, and return the exit code that `--help` lists."""
    check_outputs(args)
    if args.write_policy is not None:
        check_new(args.write_policy, "--write-policy")
    headers, identities = credentials(args.bearer, args.header, args.identity)
    sendable("--user-agent", args.user_agent)
    targets = _targets(args)
    args.url = next((each.name for each in targets if each.form is Form.URL), "")
    try:
        if args.replay is not None:
            return _replay(args, headers, identities)
        if args.plan:
            return _plan(args, identities)
        report = _compared(args, targets)
    except Unanswerable as error:
        print(f"ostiary: {on_one_line(str(error))}", file=sys.stderr)
        return UNREACHABLE
    write(args, report)
    if args.write_policy is not None and not report.unauthenticated:
        _write_policy(args, report)
    if report.unauthenticated:
        said = next(
            (each for each in report.notes if each.startswith("Authentication failed")), "Authentication failed."
        )
        said = on_one_line(said)
        print(f"ostiary: {said[:1].lower()}{said[1:].removesuffix('.')}; no check was asked", file=sys.stderr)
    return report.exit_code(args.fail_on)


def _write_policy(args: argparse.Namespace, report: Report) -> None:
    from ostiary.closing.saving import save  # noqa: PLC0415 - compiles a policy, which other audits do not need

    with hushed():
        draft, _ = save(report, upstream=report.target, file=args.write_policy, environ=os.environ)
    if not draft.only:
        print(f"{args.write_policy} is not written: nothing was found that a policy could close", file=sys.stderr)
        return
    beside = f" and {draft.document}" if draft.document else ""
    print(
        f"wrote {args.write_policy}{beside}: closes {len(draft.closes)} of {len(draft.found)} findings", file=sys.stderr
    )


def _plan(args: argparse.Namespace, identities: Mapping[str, object]) -> int:
    from ostiary.audit.plan import plan  # noqa: PLC0415 - h11 is of the extra "audit"
    from ostiary.audit.report import planned  # noqa: PLC0415 - with it

    config = policy.read(args.config) if args.config else Config()
    made = asyncio.run(
        plan(
            args.url,
            api=args.api,
            config=config,
            only=args.only,
            skip=args.skip,
            intrusive=args.intrusive,
            authorized=args.authorized,
            resolve=args.resolve,
            cacert=args.cacert,
            identities=len({*identities, *users(args.user)}),
            register=not args.no_register,
            rate=args.rate,
            budget=args.budget,
        )
    )
    print(planned.as_json(made) if args.format == "json" else planned.as_text(made))
    return 0


def _targets(args: argparse.Namespace) -> list[Target]:
    """What is to be audited; some options make sense for a URL alone."""
    found = [recognise(each) for each in args.targets]
    if args.host:
        found.append(THIS_MACHINE)
    if not found:
        raise ConfigError("ostiary audit", "nothing to audit is named", "ostiary audit URL, or: ostiary audit .")
    urls = [each for each in found if each.form is Form.URL]
    if len(urls) > 1:
        raise ConfigError(urls[1].name, "is a second URL", "one run audits one API; other targets may stand beside it")
    for option in ("plan", "resume", "write_policy", "replay"):
        if getattr(args, option) and len(found) > len(urls):
            other = next(each for each in found if each.form is not Form.URL)
            raise ConfigError(f"--{option.replace('_', '-')}", f"is for a URL alone, and {other.name} is none")
    return found


def _compared(args: argparse.Namespace, targets: Sequence[Target]) -> Report:
    """The report, with what became of the findings of an older one if it names one."""
    from ostiary.audit import baseline  # noqa: PLC0415 - h11 is of the extra "audit"

    if args.baseline and args.from_report:
        raise ConfigError("--from-report", "does not go together with --baseline", "run two audits")
    option = "--baseline" if args.baseline else "--from-report"
    source = args.baseline or args.from_report
    old = baseline.read(source, option) if source else None
    if args.from_report and old is not None:
        args.only = [*dict.fromkeys(each.control for each in old)]
        if not args.only:
            raise ConfigError(f"--from-report {source}", "nothing failed in it, so there is nothing to ask again")
    report = asyncio.run(_audit(args, targets))
    if old is None:
        return report
    return baseline.compared(report, old, str(source), only_new=args.baseline is not None)


async def _audit(args: argparse.Namespace, targets: Sequence[Target]) -> Report:
    from ostiary.audit.attested import attested  # noqa: PLC0415 - h11 is of the extra "audit"
    from ostiary.audit.imported import imported  # noqa: PLC0415 - as the others
    from ostiary.audit.merge import merged  # noqa: PLC0415 - h11 is of the extra "audit"
    from ostiary.audit.offline import audit_offline  # noqa: PLC0415 - with it
    from ostiary.audit.report.terminal import watching  # noqa: PLC0415 - rich is too
    from ostiary.audit.run import audit  # noqa: PLC0415 - with it
    from ostiary.audit.waiving import waived  # noqa: PLC0415 - with it

    stop = asyncio.Event()
    reports: list[Report] = []
    told = options(args)
    with interruptible(stop), watching(sys.stderr, quiet=args.quiet) as say:
        for each in targets:
            if each.form is Form.URL:
                report = await audit(
                    each.name,
                    api=args.api,
                    only=args.only,
                    skip=args.skip,
                    **told,
                    seed=args.seed,
                    journal=args.resume,
                    progress=say,
                    stop=stop,
                )
            else:
                report = await audit_offline(
                    each,
                    config=told["config"],
                    only=args.only,
                    skip=args.skip,
                    settings=tree_settings(args),
                    authorized=args.authorized,
                    progress=say,
                    stop=stop,
                )
            reports.append(report)
    root = next((each.path for each in targets if each.form is Form.FOLDER), None)
    reports += [imported(each, only=args.only, skip=args.skip, root=root) for each in args.imports]
    config, today = told["config"], dt.datetime.now(dt.UTC).date()
    return waived(attested(merged(reports), config.attest, today, file=config.file), config.waivers, today)


def _replay(
    args: argparse.Namespace, headers: list[tuple[str, str]], identities: dict[str, list[tuple[str, str]]]
) -> int:
    from ostiary.audit import replay  # noqa: PLC0415 - h11 is of the extra "audit"

    found = asyncio.run(
        replay.replay(
            args.url,
            args.replay,
            authorized=args.authorized,
            cacert=args.cacert,
            resolve=args.resolve,
            headers=headers,
            identities=identities,
            timeout=args.timeout,
        )
    )
    for each in found:
        print(on_one_line(str(each)))
    still = sum(each.still for each in found)
    print(f"{still} of {len(found)} failures answer as they did")
    return int(still > 0)
