"""Static security analysis runs on every change, and serious findings block the merge.

Why
    Injection, unsafe deserialisation and weak cryptography slip into production, where they cost far more to find
    and fix.

Fix
    Run a security analyser that fits your language on every pull request and on a schedule: CodeQL, Semgrep, Bandit
    (Python), gosec (Go), SpotBugs with FindSecBugs (Java) or Brakeman (Rails). Make it a required check that fails
    on high severity. Write a reason next to every suppression and work off baseline files.

Traps
    - A linter is not SAST.
    - Tool configured for another language than the code.
    - Baseline files that freeze hundreds of findings for ever.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.NONE,
    strength="must",
    attest=(
        "Which static analysis tool runs outside the pipeline, and how do its findings block a merge (attach the "
        "latest report with date and scope)?"
    ),
    reach="cannot: it happens before anything runs",
    maps=Maps(
        owasp_api=("API8:2023",),
        standards=("NIST SP 800-218 PW.7", "SARIF 2.1.0"),
    ),
)
