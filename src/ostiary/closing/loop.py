"""Audit, write the policy, serve it, audit through it, and send the legitimate requests again: the promise, kept or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from ostiary.audit.result import Report
from ostiary.closing.policy import Draft
from ostiary.closing.replaying import Replayed, reach, replay
from ostiary.closing.saving import save
from ostiary.config import Config
from ostiary.errors import OstiaryError
from ostiary.gateway.server import Gateway
from ostiary.model import Api, Kind, Outcome

# An audit asks more in a second than a person in a day, and is a crowd of new users; who is measured by it stays as written.
BUSY: Final[Mapping[str, Mapping[str, object]]] = {
    "access.throttling": {"burst": 3_000},
    "account.auth-endpoint-limits": {"registrations": 1_000},
}
ROUNDS: Final = 3  # of writing and auditing: what one fault hid shows when it is closed
_HELD: Final = frozenset({Outcome.PASS})  # what no longer applies was not shown to be closed
_AUTHORIZATION: Final = frozenset(
    {
        "userdata.ownership-check",
        "beyond.bola-differential-test",
        "beyond.function-level-authorization",
        "processing.all-endpoints-authenticated",
        "processing.debug-off",
        "oauth.scope-per-client",
        "mobile.no-server-to-server-calls",
    }
)  # what they complain of is that something was accepted


class Refused(OstiaryError):  # noqa: N818 - reads as what happened
    """The API let nobody in with the credentials given, so nothing can be judged."""


class Interrupted(OstiaryError):  # noqa: N818 - reads as what happened
    """The operator had enough."""


class NothingToClose(OstiaryError):  # noqa: N818 - reads as what happened
    """Nothing was found that a policy could close; `findings` is how much was found at all."""

    def __init__(self, findings: int) -> None:
        super().__init__("nothing was found that a policy could close")
        self.findings = findings


Then = Callable[[Report], Awaitable[None]]
Ask = Callable[[str, Api | None, Then | None], Awaitable[Report]]


class Row(NamedTuple):
    """One finding: how it stands behind the gateway, and where it is still open, why."""

    control: str
    severity: str
    before: Outcome
    after: Outcome
    why: str

    @property
    def found(self) -> bool:
        """Whether the first audit found it."""
        return self.before is Outcome.FAIL

    @property
    def closed(self) -> bool:
        """Whether the gateway closed it."""
        return self.before is Outcome.FAIL and self.after in _HELD

    @property
    def word(self) -> str:
        """Its place in the table."""
        if self.before is not Outcome.FAIL:
            return "NEW"
        return "closed" if self.closed else "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """A finished loop."""

    before: Report
    after: Report
    draft: Draft
    rows: tuple[Row, ...]
    replayed: tuple[Replayed, ...]

    @property
    def broken(self) -> tuple[Replayed, ...]:
        """Legitimate requests that the policy refused."""
        return tuple(each for each in self.replayed if each.broken)

    @property
    def held(self) -> bool:
        """Whether everything that the policy set out to close is closed, and nothing legitimate broke."""
        promised = {each.control: each for each in self.rows if each.control in self.draft.closes}
        partly = {each.control for each in self.draft.left}
        kept = all(each.closed for name, each in promised.items() if name not in partly)
        looked = any(
            each.good for each in self.replayed
        )  # where nothing was sent, or nothing works any more, nothing is shown
        return kept and looked and not self.broken and not any(each.word == "NEW" for each in self.rows)


async def run(
    ask: Ask,
    *,
    upstream: str,
    api: Api | None = None,
    file: Path,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    port: int = 0,
) -> Outcomes:
    """Go round once.

    :param ask: audits a URL, and calls its third argument before it cleans up (`ostiary.audit.run.audit`).
    :param api: the document; None: the one that the first audit finds.
    :param file: where the policy goes, and beside it a copy of the document.
    :raises ConfigError: when the files cannot be written.
    :raises NothingToClose: when no policy is needed, or none would help; then none is written.
    :raises Refused: when the audit could not sign in.
    :raises Interrupted: when an audit was stopped.
    :raises Unanswerable: when the API does not answer.
    """
    done: list[Outcomes] = []

    async def then(before: Report) -> None:
        say(_counted(before))
        done.append(await _closed(before, ask, upstream=upstream, file=file, environ=environ, say=say, port=port))

    say(f"auditing {upstream}")
    before = await ask(upstream, api, then)
    if not done:
        _check_worth(before)
    return done[0]


async def _closed(
    before: Report,
    ask: Ask,
    *,
    upstream: str,
    file: Path,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    port: int,
) -> Outcomes:
    """Write, serve and prove, and again while the audit through the gateway sees what other faults had hidden."""
    later: list[Report] = []
    replayed: list[Replayed] = []
    draft, served = save(before, upstream=upstream, file=file, environ=environ)
    if not draft.only:
        raise NothingToClose(len(before.failures))
    for left in reversed(range(ROUNDS)):
        say(f"wrote {file}" + (f" and {draft.document}" if draft.document else ""))
        async with Gateway(_measured(draft.config(str(file)), port), served) as gateway:
            replayed = await _replayed(before, gateway.url, upstream, later)
            say(
                f"  {sum(each.good for each in replayed)} of {len(replayed)} legitimate requests work through {gateway.url}"
            )
            say("auditing again, through the gateway")  # last: a token that it puts into a URL is revoked for that
            after = await ask(gateway.url, before.known.api, None)
            await gateway.stop(1)
        await reach(upstream)  # where it died, everything looks closed
        _check_worth(after)
        say(_counted(after))
        later.append(after)
        if not left:
            break  # what is written is what was served and audited, and nothing after it
        again, served = save(before, upstream=upstream, file=file, environ=environ, more=later)
        if again.text() == draft.text():
            break
        draft = again
    return Outcomes(
        before=before, after=after, draft=draft, rows=tuple(rows(before, later, draft)), replayed=tuple(replayed)
    )


async def _replayed(before: Report, gateway: str, upstream: str, later: Sequence[Report]) -> list[Replayed]:
    found = [each for report in (before, *later) for each in report.failures]
    renew = before.known.renew
    return await replay(
        before.known.exchanges,
        gateway=gateway,
        upstream=upstream,
        credentials=await renew() if renew is not None else before.known.credentials,
        leave_out=[place for each in found if each.id in _AUTHORIZATION for place in _places(each)],
    )


def rows(before: Report, later: Sequence[Report], draft: Draft) -> list[Row]:
    """What the live checks said first and last, of everything that failed in one of them.

    What only showed once another fault was closed counts as found.
    """
    reasons = {each.control: each.why for each in draft.left}
    last = {each.id: each for each in later[-1].results}
    shown = {each.id for report in later[:-1] for each in report.failures if _live(each) is Outcome.FAIL}
    found = []
    for result in before.results:
        was = Outcome.FAIL if result.id in shown else _live(result)
        now = _live(last[result.id]) if result.id in last else None
        if was is None or now is None or Outcome.FAIL not in {was, now}:
            continue
        why = "" if now in _HELD else reasons.get(result.id, last[result.id].why)
        found.append(Row(result.id, result.severity.value, was, now, why))
    return found


def _live(result: object) -> Outcome | None:
    findings = getattr(result, "findings", ())
    return next((each.outcome for each in findings if each.kind is Kind.LIVE), None)


def _places(result: object) -> list[str]:
    findings = getattr(result, "findings", ())
    failed = [each for each in findings if each.outcome is Outcome.FAIL]
    return [place for each in failed for place in (*each.places, *(seen.where for seen in each.evidence))]


def _check_worth(report: Report) -> None:
    if report.interrupted:
        raise Interrupted
    if report.unauthenticated:
        said = (each for each in report.notes if each.startswith("Authentication failed"))
        raise Refused(next(said, "Authentication failed."))


def _counted(report: Report) -> str:
    counts = report.count()
    said = ", ".join(f"{counts[each]} {each.value}" for each in (Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN))
    return f"  {said}; {report.used} requests, {report.seconds:.1f} s"


def _measured(config: Config, port: int) -> Config:
    """The policy as it is served for the measurement: an audit is a busy guest, and throttled it could not judge the rest."""
    controls = {**config.controls}
    for control, table in BUSY.items():
        if config.only is None or control in config.only:
            controls[control] = {**table, **dict(controls.get(control, {}))}
    values = {name: getattr(config, name) for name in config.__struct_fields__}
    return Config(**{**values, "listen": f"127.0.0.1:{port}", "admin": "127.0.0.1:0", "controls": controls})
