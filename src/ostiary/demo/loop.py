"""Audit an API, put the gateway in front, audit again: what changed is the demo, and whether it closed the exit code."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from ostiary import catalogue
from ostiary.audit.report import html
from ostiary.audit.result import Report, Result
from ostiary.audit.run import audit
from ostiary.config import Config, read
from ostiary.demo import accounts, careless, passes, people
from ostiary.demo.attacks import attempt
from ostiary.demo.customers import ALICE, BOB
from ostiary.demo.orders import HOOK_KEY
from ostiary.gateway.loop import new_loop
from ostiary.gateway.server import Gateway
from ostiary.guard.order import CONTROLS
from ostiary.model import Api, Finding, Kind, Outcome
from ostiary.parts import openapi

INTERRUPTED = 130  # 128 + SIGINT, as shells have it
STARTS_WITHIN = 20.0  # seconds
LASTS = timedelta(days=180)
BUSY_GUEST = {"burst": 3_000}  # an audit asks more in a second than a person in a day
_CLOSED = frozenset({Outcome.PASS, Outcome.NOT_APPLICABLE})

Pairs = Sequence[tuple[str, str]]


class Row(NamedTuple):
    """One control, before and after."""

    id: str
    severity: str
    before: Outcome
    after: Outcome
    guarded: bool  # by this policy

    @property
    def closed(self) -> bool:
        """Whether the gateway closed what was open."""
        return self.before is Outcome.FAIL and self.after in _CLOSED

    @property
    def open(self) -> bool:
        """Whether it should have closed this and did not, or broke it."""
        if self.before is Outcome.FAIL:
            return self.guarded and self.after not in _CLOSED
        return self.after is Outcome.FAIL


class Subject(NamedTuple):
    """The API that is shown: where it is, its document, its policy, credentials for it."""

    url: str
    api: Api | None
    config: Config
    identities: Mapping[str, Pairs]
    ours: bool  # the bundled shop: nothing that a check does can hurt
    forget: Callable[[], None] | None = None  # takes back what the first audit left there
    rising: accounts.Rising | None = None  # the accounts whose tokens the gateway believes beside the shop's own


def show(subject: Subject | None = None, *, once: bool = False, port: int = 0, folder: Path) -> int:
    """Show the loop, and unless `once` leave it running until Ctrl-C.

    :param subject: the user's API; None starts the careless shop with every fault.
    :param port: of the gateway; 0 takes a free one.
    :param folder: where the two HTML reports go.
    :return: 0 when everything closed that the gateway closes, 1 otherwise.
    """
    folder.mkdir(parents=True, exist_ok=True)  # what cannot be written is said before the audits, not after
    logging.getLogger("ostiary").setLevel(logging.ERROR)  # the audit provokes warnings on purpose
    with asyncio.Runner(loop_factory=new_loop) as runner:
        if subject is not None:
            return runner.run(_show(subject, once=once, port=port, folder=folder))
        with _running() as (url, forget), accounts.rising() as rising:
            ours = bundled(url)._replace(forget=forget, rising=rising)
            return runner.run(_show(ours, once=once, port=port, folder=folder))


def bundled(url: str) -> Subject:
    """The careless shop that runs at `url`, with its own document and policy."""
    api = openapi.from_plain(careless.document(careless.ALL), source=careless.DOCUMENT.name)
    tokens = {"alice": passes.mint(ALICE), "bob": passes.mint(BOB)}
    identities = {name: [("authorization", f"Bearer {token}")] for name, token in tokens.items()}
    return Subject(url, api, policy(url), identities, ours=True)


def policy(url: str) -> Config:
    """The shop's own policy, for a shop that runs at `url`."""
    os.environ.setdefault("CARELESS_SHOP_KEY", passes.KEY)
    os.environ.setdefault("CARELESS_SHOP_HOOK_KEY", HOOK_KEY)
    os.environ.setdefault("CARELESS_SHOP_CAPTCHA_KEY", secrets.token_hex(32))
    config = read(careless.POLICY)
    channel = {**config.controls["people.report-channel"], "expires": str((datetime.now(UTC) + LASTS).date())}
    return _changed(config, upstream=url, controls={**config.controls, "people.report-channel": channel})


def own(url: str, api: Api | None, config: Config, *, headers: Pairs = ()) -> Subject:
    """The user's API at `url`; `headers` are the credentials to audit it with."""
    if "access.throttling" not in config.controls:
        config = _changed(config, controls={**config.controls, "access.throttling": BUSY_GUEST})
    identities = {"you": headers} if headers else {}
    return Subject(url, api, _changed(config, upstream=url), identities, ours=False)


@contextlib.contextmanager
def shop(*faults: str) -> Iterator[str]:
    """The careless shop in a process of its own; its URL. All faults, unless some are named; ``none`` for none.

    :raises TimeoutError: when it does not start.
    """
    with _running(*faults) as (url, _):
        yield url


@contextlib.contextmanager
def _running(*faults: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """The same; its URL, and what makes it forget everything."""
    command = [sys.executable, "-m", "ostiary.demo.child", *faults]
    pipe = subprocess.PIPE  # and a group of its own: Ctrl-C is for the parent, which then closes the pipe
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, process_group=0) as process:  # noqa: S603 - our own module
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            if not url:
                msg = f"the careless shop did not start (exit code {process.wait(STARTS_WITHIN)})"
                raise TimeoutError(msg)

            def forget() -> None:
                if process.stdin and process.stdout:
                    process.stdin.write("\n")
                    process.stdin.flush()
                    process.stdout.readline()

            yield url, forget
        finally:
            if process.stdin:
                process.stdin.close()  # it ends when its input does
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


async def _show(subject: Subject, *, once: bool, port: int, folder: Path) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    _say(f"API                  {subject.url}")
    before = await _audited(subject, subject.url, stop)
    if stop.is_set():
        return INTERRUPTED
    if subject.forget is not None:
        subject.forget()
        _say("  The shop forgets what the audit left there.")
    config = _changed(subject.config, listen=f"127.0.0.1:{port}")
    house = None
    if subject.rising is not None:
        house = await asyncio.to_thread(subject.rising.house)
        _say(f"Accounts             {house.url}")
        config = _changed(config, store=house.store, issuers={**config.issuers, "people": house.issuer})
    held = True
    async with Gateway(config, subject.api) as gateway:
        _say(f"Gateway in front     {gateway.url}")
        after = await _audited(subject, gateway.url, stop)
        if stop.is_set():
            return INTERRUPTED
        found = rows(before, after, {each for plan in gateway.compiled.plans for each in plan.controls})
        _say(f"\n{table(found)}\n\n{verdict(found, written(after))}\n")
        if subject.ours:
            bare, behind = [await asyncio.to_thread(attempt, url) for url in (subject.url, gateway.url)]
            _say(f"{attacks(bare, behind)}\n")
            held = not any(behind.values())
        if house is not None:
            steps = await asyncio.to_thread(people.day, house, gateway.url)
            _say(f"{people.table(steps)}\n")
            held = held and all(each.held for each in steps)
        _write(folder, before, after)
        if not once:
            more = f"\nAccounts {house.url}" if house is not None else ""
            _say(f"\nAPI      {subject.url}\nGateway  {gateway.url}{more}\nThey stay until Ctrl-C.")
            await stop.wait()
        await gateway.stop(1)
    return int(not held or any(each.open for each in found))


async def _audited(subject: Subject, url: str, stop: asyncio.Event) -> Report:
    report = await audit(
        url,
        api=subject.api,
        find=subject.api is None,
        config=subject.config,
        identities=subject.identities,
        intrusive=subject.ours,
        stop=stop,
    )
    counts = report.count()
    _say(
        f"  audited: {counts[Outcome.FAIL]} FAIL, {counts[Outcome.PASS]} PASS, "
        f"{report.used} requests, {report.seconds:.1f} s"
    )
    return report


def rows(before: Report, after: Report, acting: Collection[str]) -> list[Row]:
    """What the live checks said, before and after; what stands in the document no gateway changes.

    :param acting: the controls that the policy gives something to do.
    """
    later = {each.id: _live(each) for each in after.results}
    found = []
    for result in before.results:
        was, now = _live(result), later.get(result.id)
        if was is not None and now is not None:
            severity = was.severity or catalogue.control(result.id).severity
            found.append(Row(result.id, severity.value, was.outcome, now.outcome, result.id in acting))
    return found


def _live(result: Result) -> Finding | None:
    return next((each for each in result.findings if Kind.LIVE is each.kind or each.outcome is Outcome.WAIVED), None)


def written(report: Report) -> list[str]:
    """Ids of the controls that the document itself fails."""
    return [
        each.id
        for each in report.results
        if any(one.kind is Kind.SPEC and one.outcome is Outcome.FAIL for one in each.findings)
    ]


def table(found: Sequence[Row]) -> str:
    """Control, severity, before, after; under 80 columns."""
    heads = [("CONTROL", "SEVERITY", "BEFORE", "AFTER")]
    lines = [*heads, *((each.id, each.severity, each.before.value, each.after.value) for each in found)]
    return _columns(lines)


def _columns(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def attacks(bare: Mapping[str, bool], behind: Mapping[str, bool]) -> str:
    """What scripted attacks did to the API itself, and behind the gateway."""
    said = {True: "WORKS", False: "refused"}
    lines = [("SCRIPTED ATTACK ON", "BARE", "GATEWAY")]
    lines += [(control, said[worked], said[behind[control]]) for control, worked in bare.items()]
    stopped = sum(worked and not behind[control] for control, worked in bare.items())
    return f"{_columns(lines)}\n\n{stopped} of {sum(bare.values())} attacks stopped by the gateway."


def verdict(found: Sequence[Row], document: Sequence[str] = ()) -> str:
    """What the gateway closed, and by name what it did not; `document` names what stands wrong in the document."""
    failed = [each for each in found if each.before is Outcome.FAIL]
    closed = [each for each in failed if each.closed]
    left = [each for each in failed if not each.guarded and not each.closed]
    enforceable = set(CONTROLS)
    lines = [f"{len(closed)} of {len(failed)} failures closed by the gateway."]
    for title, named in (
        ("Still open", [each for each in failed if each.open]),
        ("Failing only behind the gateway", [each for each in found if each.open and each not in failed]),
        ("Waiting for a setting (ostiary explain ID)", [each for each in left if each.id in enforceable]),
        ("Not the gateway's to close", [each for each in left if each.id not in enforceable]),
    ):
        lines += [f"{title}: {', '.join(each.id for each in named)}."] if named else []
    lines += [f"Wrong in the document itself: {', '.join(document)}."] if document else []
    return "\n".join(textwrap.fill(line, 80, subsequent_indent="  ", break_on_hyphens=False) for line in lines)


def _write(folder: Path, before: Report, after: Report) -> None:
    for name, report in (("before.html", before), ("after.html", after)):
        (folder / name).write_text(html.render(report), encoding="utf-8")
        _say(f"Report               {folder / name}")


def _changed(config: Config, **changes: object) -> Config:
    values = {name: getattr(config, name) for name in config.__struct_fields__}
    return Config(**(values | changes))


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a demo speaks
