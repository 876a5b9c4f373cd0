"""A request body is accepted only in a media type the operation declares.

Why
    Unexpected XML, YAML, form or multipart parsers widen the attack surface. A text/plain body also skips the
    browser's cross-origin preflight check.

Fix
    Compare ``Content-Type`` with the declared types before parsing and answer 415 otherwise, also when it is
    missing. Use ``consumes`` in Spring, ``[Consumes]`` in ASP.NET Core, only ``JSONParser`` in DRF
    ``DEFAULT_PARSER_CLASSES``, or a check with ``req.is('application/json')`` in Express. Remove ``force=True``
    from Flask ``get_json``. Replace ``*/*`` in OpenAPI ``requestBody`` with exact types.

Traps
    - FastAPI 0.165 answered 422, Flask 3.1 answered 415: refusal is what counts, exact status is a separate low
      finding.
    - An empty body needs no Content-Type.
    - charset and boundary parameters, +json suffixes and letter case must not cause refusal.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="must",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("3.5.2", "4.1.1", "2.2.1"),
        cwe=(436, 352),
        standards=("RFC 9110 §8.3, §15.5.16", "RFC 8259", "RFC 7578"),
    ),
)
