"""A tiny XML, YAML or similar document can never expand into a huge one while being processed.

Why
    Nested entities or aliases turn a few hundred bytes into gigabytes, so one small request can stop the service.

Fix
    Refuse DOCTYPE in XML, keep libexpat at 2.4.1 or later and never set ``huge_tree=True`` in lxml. Cap YAML
    aliases: ``LoaderOptions.setMaxAliasesForCollections`` in SnakeYAML, ``maxAliasCount`` in the JavaScript
    ``yaml`` package; PyYAML ``safe_load`` has no alias limit, so count aliases before loading. Detect cycles in
    ``$ref`` and cap the size and ratio of decompressed data.

Traps
    - Modern parsers stop true bombs yet still accept small expansions: in our probe expat 2.5.0 refused a 10^9 bomb
      but accepted a 10^5 one, so a bomb test would be both unsafe and misleading.
    - PyYAML safe_load accepted a 9^9 alias graph instantly; the blow-up comes when it is serialised (a 6-level
      document became 4.3 MB of JSON).
    - TOML, JSON and CBOR have no anchors but depth and length still matter (beyond-payload-limits).
"""

from __future__ import annotations

from functools import cache

from ostiary.controls.processing.no_entity_expansion.live import audit_live
from ostiary.controls.processing.no_entity_expansion.source import audit_source
from ostiary.controls.processing.no_entity_expansion.spec import audit_spec
from ostiary.model import Control, Exchange, Hooks, Kind, Maps, Operation, Probe, Severity, Site
from ostiary.parts import body as bodies
from ostiary.parts import media_types
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """Nothing to set: the parsers' bounds are 16 aliases and 20,000 values in YAML, no document type in XML."""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Parse XML and YAML within bounds before anyone else does, in bodies and in parts of forms."""
    if operation.method in {"GET", "HEAD"} and not operation.consumes:
        return None
    return _hooks()  # where none is declared too: an application may read what its document does not name


def _expands(media: str) -> bool:
    return media_types.is_xml(media) or media_types.is_yaml(media)


@cache
def _hooks() -> Hooks:
    return Hooks(body=_refuse, reads=lambda media: media == bodies.MULTIPART or _expands(media))


def _refuse(exchange: Exchange) -> None:
    if not exchange.body:
        return
    media = bodies.media_type(exchange)
    if _expands(media):
        bodies.document(exchange)
    elif media == bodies.MULTIPART:
        for part in bodies.document(exchange):
            if _expands(part.media_type):
                bodies.parse_as(part.media_type, part.content)


control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    strength="must",
    attest=(
        "Which document pipelines run outside the request path, and what expansion, size and time limits do they "
        "apply (attach their configuration)?"
    ),
    maps=Maps(
        owasp_api=("API4:2023", "API8:2023"),
        asvs=("1.5.1", "5.2.3"),
        cwe=(776, 409),
        standards=("YAML 1.2.2", "CWE-776"),
    ),
)
