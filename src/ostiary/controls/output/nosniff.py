"""Every response, errors included, tells browsers not to guess its content type.

Why
    A browser that guesses can treat an upload or a JSON body as HTML or script and run it in the origin of the API.

Fix
    Send ``X-Content-Type-Options: nosniff`` on every response, exactly once. nginx: ``add_header
    X-Content-Type-Options nosniff always;`` - the ``always`` covers error responses. Express: ``helmet.noSniff()``;
    Django: ``SECURE_CONTENT_TYPE_NOSNIFF = True`` with ``SecurityMiddleware``. Pair it with a correct
    ``Content-Type``.

Traps
    - Duplicated 'nosniff, nosniff' is parsed by browsers as valid but signals double middleware: note.
    - 304 and 204 without it are harmless.
    - Without a correct Content-Type the header does little: pair with output-content-type-forced.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.LOW,
    probe=Probe.PASSIVE,
    strength="must",
    attest=(
        "Does an edge or CDN outside the audited path add X-Content-Type-Options: nosniff (attach its configuration"
        " or captured production headers, including one error response)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("3.4.4", "3.2.1"),
        cwe=(430, 79),
        standards=("WHATWG Fetch (nosniff)", "WHATWG MIME Sniffing"),
    ),
)
