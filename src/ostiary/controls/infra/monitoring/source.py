"""Code: it measures itself, or reports its errors to somebody."""

from __future__ import annotations

from typing import Final

from ostiary.controls.infra.monitoring.pipeline import QUESTION
from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest, passed

_TELEMETRY: Final = (
    "opentelemetry", "prometheus_client", "prometheus_fastapi_instrumentator", "django_prometheus", "statsd", "ddtrace", "datadog",
    "newrelic", "elasticapm", "prom-client", "@opentelemetry/*", "dd-trace", "elastic-apm-node", "io.micrometer.*",
    "io.prometheus.*", "io.opentelemetry.*", "github.com/prometheus/client_golang/*", "go.opentelemetry.io/*",
)  # fmt: skip
_REPORTING: Final = (
    "sentry_sdk", "raven", "rollbar", "bugsnag", "@sentry/*", "@bugsnag/*", "io.sentry.*", "github.com/getsentry/sentry-go",
    "airbrake", "honeybadger", "Sentry",
)  # fmt: skip


async def audit_source(tree: Tree) -> Finding:
    """Imports of what measures and of what reports errors."""
    measured, reported = tree.code.imports(*_TELEMETRY), tree.code.imports(*_REPORTING)
    shown = [tree.show(each.place, "measures or reports") for each in (*reported[:2], *measured[:2])]
    if measured and reported:
        return passed("code measures itself and reports its errors to a service that alerts", *shown)
    if measured or reported:
        return attest(f"Code measures itself or reports errors ({(reported or measured)[0].place}). {QUESTION}")
    return attest(f"Code neither measures itself nor reports errors by a library that is known here. {QUESTION}")
