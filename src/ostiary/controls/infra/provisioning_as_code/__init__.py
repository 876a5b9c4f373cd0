"""All production machines are built from versioned, reviewed provisioning code.

Why
    Hand-built hosts drift and hide insecure settings. After a compromise nobody can rebuild them quickly into a
    known clean state.

Fix
    Describe hosts, networks and access rules in Terraform, OpenTofu, Pulumi, Ansible or Helm files in version
    control, and apply them only from the pipeline. Run ``terraform plan -detailed-exitcode`` on a schedule to
    detect drift. Lint the code with ``checkov`` or ``trivy config``, and keep state files, which can hold secrets,
    out of the repository.

Traps
    - A script in a wiki is not version control.
    - IaC present but last applied years ago: check drift.
    - State files may contain secrets: flag.
"""

from ostiary.controls.infra.provisioning_as_code.pipeline import QUESTION, audit_ci
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    audits={Kind.CI: audit_ci},
    probe=Probe.NONE,
    strength="must",
    attest=QUESTION,
    reach="cannot: machines are yours",
    maps=Maps(
        owasp_api=("API9:2023",),
        cwe=(1188,),
        standards=("NIST SP 800-128", "CIS Controls v8.1 §4", "OWASP IaC Security Cheat Sheet"),
    ),
)
