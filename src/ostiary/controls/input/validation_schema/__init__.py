"""Every input value is checked on the server against a strict schema before use.

Why
    Unchecked values are the common root of injection, overflow, logic abuse and resource exhaustion.

Fix
    Describe every parameter and body in OpenAPI with ``type``, ``maxLength`` or ``pattern``, ``minimum`` and
    ``maximum``, ``maxItems`` and ``additionalProperties: false``. Enforce it before the handler with Pydantic
    (``extra='forbid'``), Ajv or Zod ``.strict()``, Jakarta Bean Validation ``@Valid`` or FluentValidation. Answer
    400 or 422 without echoing the value. Refuse repeated parameters and NUL bytes.

Traps
    - Coercion ('5' to 5) may be intended in query strings.
    - additionalProperties defaults to open in JSON Schema: silently ignoring extras is a note, persisting them is
      mass assignment.
    - A 5xx caused by an upstream being down is not a validation failure: retry with a valid value first.
"""

from __future__ import annotations

from ostiary.controls.input.validation_schema.guard import guard
from ostiary.controls.input.validation_schema.live import audit_live
from ostiary.controls.input.validation_schema.settings import Settings
from ostiary.controls.input.validation_schema.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest=(
        "Which business rules on input cannot be written as a schema, and where are they checked (attach the list "
        "with code or test references)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023", "API3:2023"),
        asvs=("2.1.1", "2.2.1", "2.2.2", "2.2.3", "1.3.3", "15.3.7"),
        cwe=(1284, 1287, 1286),
        standards=("OpenAPI 3.1", "JSON Schema 2020-12", "RFC 9457"),
    ),
)
