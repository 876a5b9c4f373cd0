"""Folders, packages, images and machines are audited: every check of their kinds is asked, in a thread that can be stopped."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import ostiary
from ostiary import catalogue
from ostiary.audit.answering import CRASHED, answered, result_of, scrubbed, unasked
from ostiary.audit.asking import Progress
from ostiary.audit.choice import select
from ostiary.audit.gather.trees.archive import Image, Zip
from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.readers import Settings
from ostiary.audit.gather.trees.tree import Tree
from ostiary.audit.marks import marked
from ostiary.audit.recognise import Form, Target
from ostiary.audit.result import INTERRUPTED, Report, Result
from ostiary.config import Config
from ostiary.errors import ConfigError
from ostiary.evidence import Spec
from ostiary.model import Finding, Kind, Outcome, unknown
from ostiary.parts import openapi
from ostiary.parts.printable import printable

_TREES: Final = (Kind.SOURCE, Kind.CI)
KINDS: Final[Mapping[Form, Sequence[Kind]]] = {
    Form.FOLDER: _TREES,
    Form.HISTORY: _TREES,
    Form.WHEEL: (Kind.SOURCE,),
    Form.JAR: (Kind.SOURCE,),
    Form.IMAGE: (Kind.SOURCE,),
    Form.APK: (Kind.MOBILE,),
    Form.AAB: (Kind.MOBILE,),
    Form.IPA: (Kind.MOBILE,),
    Form.DOCUMENT: (Kind.SPEC,),
    Form.SERVICE: (Kind.HOST,),
    Form.HOST: (Kind.HOST,),
}


@dataclass(slots=True)
class _Run:
    target: Target
    config: Config
    chosen: Sequence[str]
    kinds: Sequence[Kind]
    settings: Settings
    authorized: bool
    stop: threading.Event
    progress: Callable[[Progress], None]
    notes: list[str] = field(default_factory=list)
    read: str = ""

    def evidence(self) -> Any:
        """What the checks of this target see."""
        form, path = self.target.form, self.target.path
        if form in {Form.SERVICE, Form.HOST}:
            from ostiary.audit.gather.machines import machine  # noqa: PLC0415 - as below

            source = self.config.audit.database
            database = source.reveal() if source is not None else ""
            return machine(self.target, authorized=self.authorized, stop=self.stop, database=database)
        if path is None:
            raise ValueError(form)
        if form is Form.DOCUMENT:
            return Spec(api=openapi.read(str(path)))
        if KINDS[form] == (Kind.MOBILE,):
            from ostiary.audit.gather.packages import package  # noqa: PLC0415 - most audits have none

            return package(self.target, stop=self.stop)
        return Tree(
            self.target.name,
            _place(form, path),
            root=path if form in {Form.FOLDER, Form.HISTORY} else None,
            settings=self.settings,
            stopped=self.stop,
        )

    async def ask(self) -> list[Result]:
        """Every chosen control, one after the other: they share what is read."""
        evidence = self.evidence()
        try:
            if self.target.form is not Form.HISTORY and isinstance(evidence, Tree) and not evidence.files:
                raise ConfigError(self.target.name, "holds no file to read", "name the folder that the product is in")
            return await self._asked(evidence)
        finally:
            getattr(evidence, "close", lambda: None)()

    async def _asked(self, evidence: Any) -> list[Result]:
        results: list[Result] = []
        for control_id in self.chosen:
            failed = sum(each.outcome is Outcome.FAIL for each in results)
            self.progress(Progress(len(results), len(self.chosen), control_id, 0, failed))
            results.append(result_of(control_id, await self._findings(control_id, evidence)))
        self.notes += getattr(evidence, "notes", ())
        crashed = [each.id for each in results if any(CRASHED in finding.why for finding in each.findings)]
        if crashed:
            self.notes.append(
                f"A fault of this program: {len(crashed)} checks crashed ({', '.join(crashed[:5])}). Please report it."
            )
        self.read = _read(evidence)
        return results

    async def _findings(self, control_id: str, evidence: Any) -> list[Finding]:
        reason = self.config.off.get(control_id)
        if reason is not None:
            return [Finding(outcome=Outcome.WAIVED, why=reason)]
        control = catalogue.control(control_id)
        found = []
        for kind in self.kinds:
            check = control.audits.get(kind)
            if check is not None:
                finding = unknown(INTERRUPTED) if self.stop.is_set() else await answered(check, evidence)
                finding = dataclasses.replace(scrubbed(finding, printable), kind=kind)
                found.append(marked(finding, evidence.line) if isinstance(evidence, Tree) else finding)
        return found or [unasked(control, self.kinds)]


def _read(evidence: Any) -> str:
    """How much there was to read, in words."""
    files = getattr(evidence, "files", None)
    if files is None:
        return ""
    text = f"{len(files):,} file{'s' * (len(files) != 1)}"
    if isinstance(evidence, Tree) and "code" in vars(evidence) and (lines := evidence.code.lines()):
        text += f", {lines:,} lines of code"
    return text


def _place(form: Form, path: Path) -> Any:
    if form is Form.IMAGE:
        return Image(path)
    return Folder(path) if form in {Form.FOLDER, Form.HISTORY} else Zip(path, form.value)


async def audit_offline(
    target: Target,
    *,
    config: Config | None = None,
    only: Collection[str] | None = None,
    skip: Collection[str] = (),
    kinds: Collection[Kind] | None = None,
    settings: Settings | None = None,
    authorized: bool = False,
    progress: Callable[[Progress], None] | None = None,
    stop: asyncio.Event | None = None,
) -> Report:
    """Audit what stands still: a folder, a package, an image, a document, a service or this machine.

    :param target: what `recognise` made of it.
    :param kinds: kinds of evidence to use; None uses all that the target gives.
    :param settings: how trees are read.
    :param authorized: whether services on public addresses may be asked.
    :param stop: set it to end early: what is not done yet becomes UNKNOWN "interrupted".
    :raises ConfigError: for wrong use, or a target that cannot be read.
    """
    stop = stop or asyncio.Event()
    ended = threading.Event()
    started, clock = dt.datetime.now(dt.UTC), time.monotonic()
    given = KINDS[target.form]
    run = _Run(
        target,
        config or Config(),
        select(only, skip),
        [each for each in given if kinds is None or each in kinds],
        settings or Settings(),
        authorized,
        ended,
        progress or (lambda _: None),
    )
    asking = asyncio.ensure_future(asyncio.to_thread(lambda: asyncio.run(run.ask())))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            ended.set()
        results = await asking
    finally:
        ended.set()
        stopping.cancel()
    return Report(
        tool=f"ostiary {ostiary.__version__}",
        target=target.name,
        form=target.form.value,
        read=run.read,
        started=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        seconds=round(time.monotonic() - clock, 2),
        results=tuple(results),
        notes=tuple(printable(each) for each in run.notes),
        interrupted=stop.is_set(),
        profile=run.config.profile,
    )
