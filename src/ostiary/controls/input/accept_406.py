"""A caller who asks for a format the operation cannot produce gets 406.

Why
    Ignoring Accept returns content the client may misread. Hidden or dangerous serializers such as browsable HTML
    or JSONP can then be reached just by asking for them.

Fix
    List the response types per operation: ``produces`` in Spring, ``ReturnHttpNotAcceptable = true`` in ASP.NET
    Core, ``res.format`` in Express, ``DEFAULT_RENDERER_CLASSES`` with only ``JSONRenderer`` in DRF. Answer 406 when
    none matches, honoring ``q=0``. Treat a missing header, ``*/*`` and ``application/*`` as a match. Remove
    renderers you do not document.

Traps
    - RFC 9110 lets a server ignore Accept and send its default: do not call that a vulnerability.
    - Error bodies may be problem+json whatever Accept says.
    - Plain FastAPI and Flask both answered 200 JSON to Accept: application/xml in our probe, so expect this finding
      nearly everywhere without the guard.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.LOW,
    probe=Probe.ACTIVE,
    strength="must",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("4.1.1",),
        cwe=(436,),
        standards=("RFC 9110 §12.4.1, §12.5.1, §15.5.7",),
    ),
)
