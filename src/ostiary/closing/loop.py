"""Audit, write the policy, serve it, audit through it, and send the legitimate requests again: the promise, kept or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from ostiary.audit.result import Report
from ostiary.closing.policy import Draft
from ostiary.closing.replaying import Replayed, replay
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
_HELD: Final = frozenset({Outcome.PASS, Outcome.NOT_APPLICABLE})
_AUTHORIZATION: Final = frozenset(
    {
        "userdata.ownership-check",
        "beyond.bola-differential-test",
        "beyond.function-level-authorization",
        "processing.all-endpoints-authenticated",
        "beyond.api-inventory",
        "access.no-directory-listing",
        "processing.debug-off",
        "oauth.scope-per-client",
        "mobile.no-server-to-server-calls",
    }
)  # what they complain of is that something was accepted


class Refused(OstiaryError):  # noqa: N818 - reads as what happened
    """The API let nobody in with the credentials given, so nothing can be judged."""


class Interrupted(OstiaryError):  # noqa: N818 - reads as what happened
    """The operator had enough."""


Ask = Callable[[str, Api | None], Awaitable[Report]]


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
        return kept and not self.broken and not any(each.word == "NEW" for each in self.rows)


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

    :param ask: audits a URL; called twice.
    :param api: the document; None: the one that the first audit finds.
    :param file: where the policy goes, and beside it a copy of the document.
    :raises ConfigError: when the files cannot be written.
    :raises Refused: when the audit could not sign in.
    :raises Interrupted: when an audit was stopped.
    :raises Unanswerable: when the API does not answer.
    """
    say(f"auditing {upstream}")
    before = await ask(upstream, api)
    _check_worth(before)
    say(_counted(before))
    draft, served = save(before, upstream=upstream, file=file, environ=environ)
    say(f"wrote {file}" + (f" and {draft.document}" if draft.document else ""))
    config = _measured(draft.config(str(file)), port)
    async with Gateway(config, served) as gateway:
        say(f"sending {len(before.known.exchanges)} legitimate requests through {gateway.url}")
        faults = [place for each in before.failures if each.id in _AUTHORIZATION for place in _places(each)]
        replayed = await replay(
            before.known.exchanges,
            gateway=gateway.url,
            upstream=upstream,
            credentials=before.known.credentials,
            leave_out=faults,
        )
        say("auditing again, through the gateway")  # last: a token that it puts into a URL is revoked for that
        after = await ask(gateway.url, api if api is not None else before.known.api)
        _check_worth(after)
        say(_counted(after))
        await gateway.stop(1)
    return Outcomes(
        before=before, after=after, draft=draft, rows=tuple(rows(before, after, draft)), replayed=tuple(replayed)
    )


def rows(before: Report, after: Report, draft: Draft) -> list[Row]:
    """What the live checks said, before and after, of everything that failed in one of them."""
    reasons = {each.control: each.why for each in draft.left}
    later = {each.id: each for each in after.results}
    found = []
    for result in before.results:
        was = _live(result)
        now = _live(later[result.id]) if result.id in later else None
        if was is None or now is None or Outcome.FAIL not in {was, now}:
            continue
        why = "" if now in _HELD else reasons.get(result.id, later[result.id].why)
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
