"""Every response body is labelled with the media type it really has, chosen by the server.

Why
    A missing, wrong or client-chosen type leads to content sniffing, script execution and confused parsers.

Fix
    Set ``Content-Type`` in server code for every response with a body, including errors: ``application/json`` for
    JSON, ``application/problem+json`` for errors, ``text/plain; charset=utf-8`` for text. Use the JSON response
    class of the framework instead of returning strings. Never copy the type from ``Accept``, a query parameter or
    upload metadata; serve unknown files as ``application/octet-stream``.

Traps
    - application/json needs no charset: do not demand one.
    - Health endpoints returning text/plain 'ok' are fine if declared.
    - 304/204/HEAD may lack a body.
"""

from __future__ import annotations

from ostiary.controls.output.content_type_forced.guard import Settings, guard
from ostiary.controls.output.content_type_forced.live import audit_live
from ostiary.controls.output.content_type_forced.source import audit_source
from ostiary.controls.output.content_type_forced.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.PASSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("4.1.1", "3.2.1"),
        cwe=(436, 838),
        standards=("RFC 9110 §8.3", "RFC 8259 §11", "RFC 9457"),
    ),
)
