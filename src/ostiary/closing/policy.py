"""The smallest policy that closes what an audit found, each line with its reason; what it cannot close is written down too."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ostiary import catalogue
from ostiary import config as policy
from ostiary.audit.knowledge import Knowledge
from ostiary.audit.result import Report, Result
from ostiary.closing import toml_text
from ostiary.closing.callers import Callers, callers
from ostiary.closing.remedies import ALONE, BY_CALLER, BY_KEY, Case, Remedy, remedy
from ostiary.config import Config
from ostiary.errors import ConfigError
from ostiary.guard.site import Compiled
from ostiary.model import Api, Kind, Outcome

ISSUER: Final = "api"  # the name of the table [issuers.api]
_WITH: Final = {"beyond.redos": "input.validation-schema"}  # who runs the patterns that it sees to
_LONGEST: Final = 100  # characters of a reason
_WIDTH: Final = 118


class Left(NamedTuple):
    """A finding that the policy does not close, and why."""

    control: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A policy being written. ``closes`` are the ids of the findings that it is to close."""

    upstream: str
    document: str  # a file name relative to the policy; empty: none
    found: tuple[Result, ...]
    only: Mapping[str, str] = field(default_factory=dict)  # control -> the reason
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    operations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # key -> {"role": ..., control: table}
    callers: Callers = field(default_factory=Callers)
    closes: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()
    asks: tuple[str, ...] = ()
    source: str = ""  # what was audited, and when

    def config(self, file: str = "ostiary.toml") -> Config:
        """The policy as it will be read from its text.

        :raises ConfigError: when it cannot work.
        """
        return policy.from_plain(tomllib.loads(self.text()), file=file)

    def text(self) -> str:
        """The policy as ``ostiary.toml``."""
        lines = [
            toml_text.comment(f"Closes what `ostiary audit` found{self.source}; `ostiary serve` enforces it."),
            toml_text.comment(
                f"{len(self.closes)} of {len(self.found)} findings are closed; the end says what is left."
            ),
            "",
            f"upstream = {toml_text.value(self.upstream)}",
            *([f"api = {toml_text.value(self.document)}"] if self.document else []),
            'listen = "127.0.0.1:8080"',
            "",
            toml_text.comment("Only these are on. Take this list out, and every control of the catalogue is."),
            *self._only(),
        ]
        issuer = self.callers.issuer
        if issuer and self._needs_callers():
            lines += ["", toml_text.comment(f"Who calls: {self.callers.why}.")]
            lines += [f"[issuers.{ISSUER}]", *toml_text.pairs(issuer)]
        for control, table in sorted(self.settings.items()):
            lines += ["", *self._said(control), f"[{control}]", *toml_text.pairs(table)]
        for key, tables in sorted(self.operations.items()):
            lines += ["", *self._operation(key, tables)]
        return "\n".join([*lines, *self._rest(), ""])

    def _needs_callers(self) -> bool:
        return bool({*BY_CALLER, *BY_KEY} & self.only.keys())

    def _only(self) -> list[str]:
        width = max((len(each) for each in self.only), default=0)
        inside = [
            f'  "{control}",{" " * (width - len(control))}  {toml_text.comment(why)}'[:_WIDTH]
            for control, why in self.only.items()
        ]
        return ["only = [", *inside, "]"]

    def _said(self, control: str) -> list[str]:
        return [toml_text.comment(self.only[control])] if control in self.only else []

    def _operation(self, key: str, tables: Mapping[str, Any]) -> list[str]:
        lines = []
        name = f"[operations.{toml_text.value(key)}"
        if "role" in tables:
            lines += [f"{name}]", *toml_text.pairs({"role": tables["role"]})]
        for control, table in tables.items():
            if control != "role":
                lines += [*([""] if lines else []), *self._said(control), f"{name}.{control}]", *toml_text.pairs(table)]
        return lines

    def _rest(self) -> list[str]:
        lines = []
        for title, named in (
            ("Questions that only you can answer:", list(self.asks)),
            ("Not closed by this policy:", [f"{each.control}: {each.why}" for each in self.left]),
        ):
            if named:
                lines += ["", toml_text.comment(title), *(toml_text.comment(f"- {each}") for each in named)]
        return lines


def write(
    report: Report,
    *,
    upstream: str,
    document: str = "",
    api: Api | None = None,
    environ: Mapping[str, str],
    more: Sequence[Report] = (),
) -> Draft:
    """Write the policy for a report of an audit in this process.

    :param more: of later audits, through the policy as it was: what they found beside it is to be closed too.
    :param document: how the policy names the API's document; empty: there is none.
    :param api: that document, for trying the policy before it is given out.
    :param environ: where secrets may be found by name.
    """
    known = _known([report, *more])
    found = _found([report, *more])
    way = callers(known, environ, _jwks(found))
    draft = _drafted(report, found, known, way, upstream=upstream, document=document)
    if _fault(draft, api) and way.issuer:  # a key that is too weak to be believed, most often
        fault = _fault(draft, api, issuer=True)
        if fault:
            other = callers(known, {}, "")
            again = Callers(why=fault) if other.verifies else dataclasses.replace(other, why=f"{other.why} ({fault})")
            draft = _drafted(report, found, known, again, upstream=upstream, document=document)
    return _acting(_without_faults(draft, api), api)


def _drafted(
    report: Report, found: Sequence[Result], known: Knowledge, way: Callers, *, upstream: str, document: str
) -> Draft:
    only: dict[str, str] = {}
    settings: dict[str, dict[str, Any]] = {}
    operations: dict[str, dict[str, Any]] = {}
    closes: list[str] = []
    left: list[Left] = []
    asks: list[str] = []
    for result in found:
        given = remedy(Case(result=result, known=known, callers=way))
        target = given.instead or result.id
        hindered = _hindered(result, target, given, way)
        asks += given.asks
        if hindered:
            left.append(Left(result.id, hindered))
            if target in {*BY_CALLER, *BY_KEY} and not way.issuer:
                asks += way.asks
            continue
        if given.incomplete:
            left.append(Left(result.id, f"in part: {given.incomplete}"))
        closes.append(result.id)
        only.setdefault(target, _reason(result))
        if target in _WITH:
            only.setdefault(_WITH[target], f"for {target}")
        settings[target] = {**settings.get(target, {}), **given.settings}
        for key, table in given.operations.items():
            operations.setdefault(key, {}).setdefault(target, {}).update(table)
        for other, tables in given.besides.items() if way.issuer else ():
            only.setdefault(other, _reason(result))
            settings.setdefault(other, dict(ALONE.get(other, {})))
            for key, table in tables.items():
                operations.setdefault(key, {}).setdefault(other, {}).update(table)
        for key, role in given.roles.items():
            operations.setdefault(key, {})["role"] = role
    return Draft(
        upstream=upstream,
        document=document,
        found=tuple(found),
        only=only,
        settings={name: each for name, each in settings.items() if each},
        operations=operations,
        callers=way,
        closes=tuple(closes),
        left=tuple(left),
        asks=tuple(dict.fromkeys(asks)),
        source=f" at {report.target} on {report.started[:10]}",
    )


def _found(reports: Sequence[Report]) -> tuple[Result, ...]:
    """The failures of several audits; what a control said in each of them is its one answer."""
    found: dict[str, Result] = {}
    for each in reports:
        for result in each.failures:
            before = found.get(result.id)
            findings = (*(before.findings if before is not None else ()), *result.findings)
            found[result.id] = dataclasses.replace(before or result, findings=findings)
    return tuple(found.values())


def _known(reports: Sequence[Report]) -> Knowledge:
    """What the first audit learnt, and the objects that later ones saw."""
    first, *later = [each.known for each in reports]
    things = tuple(thing for known in (first, *later) for thing in known.things)
    return dataclasses.replace(first, things=things)


def _hindered(result: Result, target: str, given: Remedy, way: Callers) -> str:
    """Why a policy cannot close a finding; empty: it can, or in part."""
    if not any(each.outcome is Outcome.FAIL and each.kind is Kind.LIVE for each in result.findings):
        return "it stands in the document itself"
    control = catalogue.control(target)
    if control.guard is None:
        return control.reach.removeprefix("cannot: ") or "nothing in a request or a reply shows it"
    if given.incomplete and not (given.settings or given.operations or given.roles):
        return given.incomplete
    if target in BY_KEY and not way.verifies:
        return f"needs the key of the API's tokens: {'; '.join(way.asks) or way.why}"
    if target in BY_CALLER and not way.issuer:
        return way.why
    return ""


def _reason(result: Result) -> str:
    text = " ".join(result.why.split())
    return f"{result.severity.value.upper()}: {text if len(text) <= _LONGEST else text[: _LONGEST - 3] + '...'}"


def _jwks(found: Sequence[Result]) -> str:
    said = [each.facts.get("jwks") for result in found for each in result.findings]
    return next((each for each in said if isinstance(each, str)), "")


def _fault(draft: Draft, api: Api | None, *, issuer: bool = False) -> str:
    """Why a policy does not work; empty: it does."""
    try:
        alone = Config(issuers={ISSUER: draft.callers.issuer}, only=("jwt.verify-before-use",)) if issuer else None  # type: ignore[dict-item]  # plain data is read
        Compiled(alone or draft.config(), api)
    except ConfigError as error:
        return str(error)
    return ""


def _without_faults(draft: Draft, api: Api | None) -> Draft:
    """Take out the controls that would keep the policy from working, and say why."""
    if not _fault(draft, api):
        return draft
    kept = dataclasses.replace(draft, only={}, settings={}, operations={})
    left = list(draft.left)
    for control, why in draft.only.items():
        more = _with(kept, draft, control, why)
        fault = _fault(more, api)
        if fault:
            left.append(Left(control, f"its settings do not work yet: {fault}"))
        else:
            kept = more
    closes = tuple(each for each in draft.closes if each in kept.only or each not in draft.only)
    return dataclasses.replace(kept, left=tuple(left), closes=closes)


def _with(kept: Draft, whole: Draft, control: str, why: str) -> Draft:
    operations = {key: dict(tables) for key, tables in kept.operations.items()}
    for key, tables in whole.operations.items():
        for name in (control, "role"):
            if name in tables:
                operations.setdefault(key, {})[name] = tables[name]
    settings = {**kept.settings, control: whole.settings[control]} if control in whole.settings else kept.settings
    return dataclasses.replace(kept, only={**kept.only, control: why}, settings=settings, operations=operations)


def _acting(draft: Draft, api: Api | None) -> Draft:
    """Whoever has nothing to do in this policy closes nothing: that is said, instead of promised."""
    if not draft.only:
        return draft
    acting = {each for plan in Compiled(draft.config(), api).plans for each in plan.controls}
    idle = [each for each in draft.only if each not in acting and each not in _WITH]
    why = "nothing in the document says where it should act (ostiary explain)"
    return dataclasses.replace(
        draft,
        only={each: reason for each, reason in draft.only.items() if each not in idle},
        settings={each: table for each, table in draft.settings.items() if each not in idle},
        closes=tuple(each for each in draft.closes if each not in idle),
        left=(*draft.left, *(Left(each, why) for each in idle)),
    )
