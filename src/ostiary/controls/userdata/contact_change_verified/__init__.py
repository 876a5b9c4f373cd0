"""A new e-mail or phone takes effect only after proof and a fresh sign-in; the old one is told.

Why
    Contacts are recovery keys: an unverified change turns a brief session theft into permanent account loss, or
    binds someone else's mailbox.

Fix
    Ask for the password, passkey or MFA again before accepting a change. Keep the new contact as pending, send it a
    single-use code, and confirm only in the session that asked. Use the old contact for login and recovery until
    then. Notify the old contact, with an undo link that stays valid for some days.

Traps
    - A display-only contact field that is never used for login or recovery is lower severity.
    - Admin-initiated changes need their own audit trail.
    - Confirmation links that work in another session let an attacker trick the owner of a mailbox into confirming.
"""

from __future__ import annotations

from ostiary.controls.userdata.contact_change_verified.live import audit_live
from ostiary.controls.userdata.contact_change_verified.source import audit_source
from ostiary.controls.userdata.contact_change_verified.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "What notice does the old contact receive, and how long can the change be undone (attach the notification "
        "texts and the undo period)?"
    ),
    reach="cannot: the application has to ask for the proof and to write the mail",
    enforced_by="ostiary.identity.flows.contacts",
    maps=Maps(
        owasp_api=("API2:2023", "API6:2023"),
        asvs=("7.5.1", "6.3.7", "6.6.1"),
        cwe=(620, 306),
        standards=("NIST SP 800-63B-4 §4.1.2",),
    ),
)
