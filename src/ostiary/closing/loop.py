"""Audit, write the policy, serve it, audit through it, and send the legitimate requests again: the promise, kept or not."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from ostiary.audit.result import Report
from ostiary.closing import policy
from ostiary.closing.policy import Draft
from ostiary.closing.replaying import Replayed, replay
from ostiary.config import Config
from ostiary.errors import ConfigError
from ostiary.gateway.server import Gateway
from ostiary.model import Api, Kind, Outcome
from ostiary.parts import openapi

BUSY: Final = {"burst": 3_000}  # an audit asks more in a second than a person in a day
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

Ask = Callable[[str, Api | None], Awaitable[Report]]


class Row(NamedTuple):
    """One finding: how it stands behind the gateway, and where it is still open, why."""

    control: str
    severity: str
    before: Outcome
    after: Outcome
    why: str

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
    api: Api | None,
    file: Path,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    port: int = 0,
) -> Outcomes:
    """Go round once.

    :param ask: audits a URL; called twice.
    :param api: the document; None: the one that the first audit finds.
    :param file: where the policy goes, and beside it a copy of the document.
    :raises ConfigError: when the files cannot be written, or the audit could not sign in.
    :raises Unanswerable: when the API does not answer.
    """
    say(f"auditing {upstream}")
    before = await ask(upstream, api)
    _check_worth(before)
    say(_counted(before))
    known = before.known.api
    document = save_document(known, file) if known is not None else None
    served = openapi.read(str(document)) if document is not None else None
    draft = policy.write(
        before,
        upstream=upstream,
        document=document.name if document is not None else "",
        api=served,
        environ=environ,
    )
    _save(file, draft.text())
    say(f"wrote {file}" + (f" and {document.name}" if document is not None else ""))
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
        after = await ask(gateway.url, api if api is not None else known)
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
    if report.unauthenticated:
        raise ConfigError("credentials", "the API refuses them, so nothing could be judged", "give others")


def _counted(report: Report) -> str:
    counts = report.count()
    said = ", ".join(f"{counts[each]} {each.value}" for each in (Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN))
    return f"  {said}; {report.used} requests, {report.seconds:.1f} s"


def save_document(api: Api, policy_file: Path) -> Path:
    """Write the document beside the policy, with the base path under which the API really answers.

    :raises ConfigError: when it cannot be written.
    """
    plain = {**api.document, **_servers(api)}
    path = policy_file.with_name(f"{policy_file.stem}.api.json")
    _save(path, json.dumps(plain, indent=1, default=str) + "\n")
    return path


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(str(path), f"cannot be written: {error.strerror or error}") from error


def _servers(api: Api) -> dict[str, object]:
    for each in api.operations:
        parts = each.pointer.split("/")
        raw = parts[2].replace("~1", "/").replace("~0", "~") if len(parts) > 2 else ""  # noqa: PLR2004 - /paths/<path>/<method>
        if raw and each.path.endswith(raw):
            base = each.path.removesuffix(raw).rstrip("/")
            return {"basePath": base or "/"} if api.dialect == "2.0" else {"servers": [{"url": base or "/"}]}
    return {}


def _measured(config: Config, port: int) -> Config:
    """The policy as it is served for the measurement: an audit is a busy guest, and throttled it could not judge the rest."""
    controls = {**config.controls}
    if config.only is None or "access.throttling" in config.only:
        controls["access.throttling"] = {**BUSY, **dict(controls.get("access.throttling", {}))}
    values = {name: getattr(config, name) for name in config.__struct_fields__}
    return Config(**{**values, "listen": f"127.0.0.1:{port}", "admin": "127.0.0.1:0", "controls": controls})


def summary(done: Outcomes) -> Sequence[str]:
    """The last lines: what was closed, what is left, what broke."""
    found = [each for each in done.rows if each.before is Outcome.FAIL]
    closed = [each for each in found if each.closed]
    ran = len(done.replayed)
    good = sum(200 <= each.behind < 400 for each in done.replayed)  # noqa: PLR2004 - RFC 9110 section 15
    return (
        f"{len(closed)} of {len(found)} live findings closed by the policy.",
        f"{good} of {ran} legitimate requests work behind it, {len(done.broken)} broken by it.",
    )
