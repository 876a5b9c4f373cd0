"""The order of asking: who may spend first, what must not run beside anything else, and the most that each may cost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from ostiary import catalogue
from ostiary.model import Control, Kind, Probe


class Step(NamedTuple):
    """One live check: it may send ``fixed`` requests and ``each`` more per operation."""

    id: str
    fixed: int
    each: int = 0
    changes: str = ""
    bursts: bool = False  # it sends as fast as it can
    first: bool = False  # before all others where the budget is small: what attackers try first


class Stage(NamedTuple):
    """Checks that may run side by side, after all earlier stages and before all later ones.

    ``share`` bounds what all of them together may spend of the budget; what is earlier may starve what is later, never
    the other way round. ``alone``: one after the other. ``measures``: no slowing down on the way.
    """

    name: str
    why: str
    steps: tuple[Step, ...] = ()
    share: float = 1.0
    alone: bool = False
    measures: bool = False


_MAKES: Final = "creates objects"
_LOCKS: Final = "may lock throwaway accounts"
_SIGNS_OUT: Final = "ends sessions of its own"
_ACCOUNT: Final = "makes throwaway accounts"
_STORES: Final = "stores harmless texts"
_UPLOADS: Final = "uploads small files"
_RESETS: Final = "asks for password resets"
_LOAD: Final = "loads the target a moment"

STAGES: Final = (
    Stage("document", "what is written costs no request"),  # and what only people can answer
    Stage("session", "documents, credentials, a valid request for each operation, owned objects", share=0.4),
    # Answers that are there anyway; little is sent, and nothing that changes anything.
    Stage(
        "observe",
        "reads answers that are there anyway",
        (
            Step("access.https-only", 20),
            Step("access.hsts", 10),
            Step("access.tls-floor", 20),
            Step("access.tls-ciphers", 60),
            Step("output.nosniff", 10),
            Step("output.csp-none", 10),
            Step("output.frame-deny", 10),
            Step("output.no-fingerprint-headers", 10),
            Step("output.content-type-forced", 10, 1),
            Step("beyond.cache-no-store", 10, 1),
            Step("account.cookie-flags", 10),
            Step("people.report-channel", 10),
            Step("people.polite-to-reporters", 10),
            Step("jwt.no-sensitive-claims", 10),
            Step("infra.compliance-requirements", 10),
            Step("infra.patching", 10),
            Step("infra.monitoring", 20),
            Step("infra.logging", 20),
            Step("infra.object-storage-encrypted", 10),
            Step("mobile.cert-pinning", 10),
            Step("mobile.no-payment-salt", 10),
            Step("processing.uuid-ids", 10, 1),
            Step("auth.encrypt-sensitive-data", 10),
            Step("auth.no-homegrown", 20),
            Step("beyond.secret-scanning", 30),
        ),
        share=0.15,
    ),
    # Who calls: if this is broken, nothing below means much, and it is what attackers try first.
    Stage(
        "identity",
        "credentials: missing, forged, expired, half checked",
        (
            Step("processing.all-endpoints-authenticated", 20, 4, _MAKES, first=True),
            Step("jwt.verify-before-use", 40, first=True),
            Step("jwt.algorithm-pinned", 40, first=True),
            Step("beyond.jwt-claims-validated", 60, first=True),
            Step("jwt.strong-secret", 20, first=True),
            Step("jwt.access-ttl-short", 20, first=True),
            Step("jwt.size-bounded", 20),
            Step("beyond.sender-constrained-tokens", 20),
            Step("oauth.redirect-uri-exact", 30),
            Step("oauth.code-flow-only", 20),
            Step("beyond.pkce-required", 30),
            Step("oauth.state-required", 20),
            Step("oauth.default-scope", 20),
            Step("jwt.refresh-ttl-bounded", 30, 0, _SIGNS_OUT),
            Step("userdata.jwt-where-it-fits", 10),
            Step("auth.no-basic", 20, 1),
        ),
    ),
    # What they may: other people's objects and other people's functions.
    Stage(
        "authorization",
        "other people's objects and functions, by two users",
        (
            Step("userdata.ownership-check", 40, 12, _MAKES, first=True),
            Step("beyond.bola-differential-test", 40, 12, _MAKES, first=True),
            Step("beyond.function-level-authorization", 60, 6, _ACCOUNT, first=True),
            Step("beyond.mass-assignment", 40, 8, _ACCOUNT, first=True),
            Step("output.no-sensitive-data", 20, 2),
            Step("oauth.scope-per-client", 20, 2, _MAKES),
            Step("mobile.no-server-to-server-calls", 20, 2, _MAKES),
            Step("processing.me-not-user-id", 20, 2, _MAKES),
            Step("userdata.contact-change-verified", 30, 0, _ACCOUNT),
            Step("account.logout-kills-session", 20, 0, _SIGNS_OUT),
            Step("account.reset-kills-sessions", 20, 0, _SIGNS_OUT),
            Step("account.password-bcrypt", 40, 0, _ACCOUNT),
            Step("account.otp-not-in-response", 20, 1, "asks for one-time codes"),
            Step("account.reset-token-random", 20, 0, _RESETS),
            Step("account.reset-token-expiry", 20, 0, _RESETS),
            Step("account.reset-token-single-use", 20, 0, _RESETS),
            Step("input.gateway-caching", 20, 2),
        ),
    ),
    Stage(
        "protocol",
        "methods, media types, sizes, hosts, undocumented routes",
        (
            Step("beyond.api-inventory", 260, 3),
            Step("processing.debug-off", 120, 1),
            Step("access.no-directory-listing", 60, 1),
            Step("beyond.cors-allowlist", 30, 1),
            Step("beyond.host-and-proxy-trust", 30, 1),
            Step("access.private-allowlist", 30, 1),
            Step("input.api-gateway", 20),
            Step("input.method-405", 30, 3),
            Step("input.method-semantics", 30, 3, _MAKES),
            Step("input.content-type-415", 30, 3, _MAKES),
            Step("input.body-matches-type", 30, 4, _MAKES),
            Step("input.accept-406", 20, 2),
            Step("input.validation-schema", 40, 8, _MAKES),
            Step("beyond.payload-limits", 40, 4, _MAKES),
            Step("beyond.pagination-caps", 30, 4),
            Step("beyond.graphql-limits", 60),
            Step("beyond.webhook-signatures", 30, 2, _MAKES),
            Step("beyond.idempotency", 30, 4, _MAKES),
            Step("input.dynamic-deploy", 20),
        ),
    ),
    Stage(
        "injection",
        "values that must stay values",
        (
            Step("account.no-open-redirect", 30, 4, _MAKES),
            Step("account.block-crlf", 30, 6, _MAKES),
            Step("account.block-script-schemes", 30, 4, _STORES),
            Step("input.injection-xss", 40, 8, _STORES),
            Step("input.injection-sql", 40, 24, _MAKES),
            Step("input.injection-rce", 40, 16, _MAKES),
            Step("processing.no-entity-expansion", 30, 4, _MAKES),
            Step("processing.xml-no-external-entities", 30, 4, _MAKES),
            Step("beyond.ssrf-egress-control", 30, 4, "has the target call us"),
        ),
        alone=True,  # they compare lists, which what the others create would change
    ),
    # What may upset the target: one after the other, and only where the operator allowed it.
    Stage(
        "intrusive",
        "what a target may take amiss",
        (
            Step("userdata.upload-filename", 90, 2, _UPLOADS),
            Step("userdata.upload-off-server", 90, 2, _UPLOADS),
            Step("userdata.strip-exif", 40, 2, _UPLOADS),
            Step("processing.upload-cdn", 40, 2, _UPLOADS),
            Step("infra.db-credentials", 40),
            Step("infra.open-ports", 200),
            Step("infra.ssh-keys-only", 10),
            Step("beyond.request-smuggling", 60),
        ),
        alone=True,
    ),
    # These count answers per second, compare times, or use up what others need: in this order, after all others.
    Stage(
        "limits",
        "counts and times answers, so nothing else may be under way",
        (
            Step("beyond.redos", 60, 10, _LOAD),  # it compares times
            Step("processing.async-heavy-work", 30, 1, _LOAD),  # it compares times
            Step("input.rate-concurrency", 120, 0, _LOAD, bursts=True),
            Step("input.rate-quota", 60),
            Step("input.rate-spike-arrest", 200, 0, _LOAD, bursts=True),
            Step("output.status-codes", 100, 4, _ACCOUNT),  # it compares times, and fails to sign in
            Step("input.server-side-encryption", 40, 0, _ACCOUNT),  # it fails to sign in
            Step("auth.login-max-retry", 80, 0, _LOCKS),
            Step("auth.login-jail", 160, 0, "may lock out this address"),
            Step("account.auth-endpoint-limits", 160, 4, _LOCKS),
            Step("account.captcha-challenge", 80, 0, _LOCKS),
            Step("infra.ddos-protection", 40),
            Step("access.throttling", 500, 0, "may use up this quota", bursts=True),
            Step("input.credentials-in-header", 20, 2, "may cost the credential"),
        ),
        alone=True,
        measures=True,
    ),
)

# Who is refused already for where they call from, or for how: credentials that work are nothing they could show.
AT_THE_DOOR: Final = frozenset({"access.https-only", "access.private-allowlist"})
SESSION: Final = next(each for each in STAGES if each.name == "session")
_STAGE: Final = {step.id: stage for stage in STAGES for step in stage.steps}
_STEP: Final = {step.id: step for stage in STAGES for step in stage.steps}
_PLACE: Final = {step.id: at for at, step in enumerate(step for stage in STAGES for step in stage.steps)}
_FIRST: Final = ("identity", "authorization")
# Each stage with which part of its checks: those that come first, those that do not, or all.
_ROOMY: Final = [(each, None) for each in STAGES]
_TIGHT: Final = [
    *((each, None) for each in STAGES if each.name in {"document", "session"}),
    *((each, first) for first in (True, False) for each in STAGES if each.name in _FIRST),
    *((each, None) for each in STAGES if each.name not in {"document", "session", *_FIRST}),
]
_BY_PROBE: Final = {
    Probe.NONE: "document",
    Probe.PASSIVE: "observe",
    Probe.ACTIVE: "protocol",
    Probe.INTRUSIVE: "intrusive",
}


def stage_of(control_id: str, control: Control) -> Stage:
    """Where a control is asked: with its live check, or with the document when it has none."""
    name = "document" if Kind.LIVE not in control.audits else _BY_PROBE[control.probe]
    found = next(each for each in STAGES if each.name == name)
    return found if name == "document" else _STAGE.get(control_id, found)


def step_of(control_id: str) -> Step:
    """The costs of a control's live check."""
    return _STEP.get(control_id, Step(control_id, 100, 10))


def staged(ids: Iterable[str], *, tight: bool = False) -> list[tuple[Stage, list[str]]]:
    """Controls by stage, in the order of asking; stages without any are left out.

    :param tight: the budget is small: what attackers try first is asked before the rest of its stage, and what only
        reads answers that are there anyway waits.
    """
    wanted = list(ids)
    of = {each: stage_of(each, catalogue.control(each)).name for each in wanted}
    found = []
    for stage, part in _TIGHT if tight else _ROOMY:
        here = [each for each in wanted if of[each] == stage.name and part in (None, step_of(each).first)]
        if here:
            found.append((stage, sorted(here, key=lambda each: _PLACE.get(each, -1))))
    return found
