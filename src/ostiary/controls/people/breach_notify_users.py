"""After a compromise, affected users are told promptly and must change their passwords.

Why
    Stolen passwords are tried here and on other sites within hours. Users who are not told cannot protect
    themselves.

Fix
    Build and test an admin action that revokes sessions, API keys and OAuth grants of affected accounts and forces
    a new password at next login. Prepare a notice that gives plain instructions without a direct link to a password
    form. Write down legal deadlines, such as 72 hours to the regulator under GDPR. Run a drill.

Traps
    - E-mail that links straight to a password form trains phishing victims: use plain instructions.
    - Forcing change for everyone without evidence of compromise is not required.
    - API keys and OAuth grants need revocation too.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.NONE,
    strength="must",
    attest=(
        "How are users told and forced to change passwords after a breach (attach the notice template, contact "
        "coverage, deadlines and drill date)?"
    ),
    reach="cannot: people tell people",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("6.2.10", "7.4.5", "6.3.7"),
        standards=("NIST SP 800-63B-4 §3.1.1.2", "GDPR Art. 33-34", "NIST SP 800-61r3"),
    ),
)
