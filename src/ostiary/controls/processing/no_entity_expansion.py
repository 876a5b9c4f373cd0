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

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
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
