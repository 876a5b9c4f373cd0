"""XML is parsed with document types and external entities switched off.

Why
    A crafted document makes the parser read local files, call internal hosts or leak data through error messages.

Fix
    Refuse any XML that contains a DOCTYPE, and configure every parser to match. Python: use ``defusedxml`` with
    ``forbid_dtd=True``, or ``lxml.etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)``. Java:
    set the feature ``http://apache.org/xml/features/disallow-doctype-decl`` to true; .NET:
    ``DtdProcessing.Prohibit``. Cover SVG, DOCX, XLSX, SAML and RSS readers too.

Traps
    - A 400 may come from schema validation after the entity was fetched: use the out-of-band listener to be sure.
    - Defaults changed: in our probe lxml 6.1 and CPython expat 2.5 refused external entities by default, but lxml
      with resolve_entities=True read a file. Report risky settings, not mere imports.
    - SVG, DOCX and XLSX are XML too.
"""

from __future__ import annotations

from ostiary.controls.processing.xml_no_external_entities.guard import Settings, guard
from ostiary.controls.processing.xml_no_external_entities.live import audit_live
from ostiary.controls.processing.xml_no_external_entities.source import audit_source
from ostiary.controls.processing.xml_no_external_entities.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    strength="must",
    attest=(
        "Which components read XML outside the request path, such as converters, SAML or RSS readers (attach the "
        "list with the parser settings of each)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023", "API7:2023"),
        asvs=("1.5.1", "1.5.3"),
        cwe=(611, 827),
        standards=("W3C XML 1.0", "OWASP XXE Prevention Cheat Sheet"),
    ),
)
