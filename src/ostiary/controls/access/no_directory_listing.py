"""Asking for a folder never returns a list of its files.

Why
    Listings reveal backups, uploads, source files and internal names. An attacker simply fetches them next.

Fix
    Turn indexes off: ``autoindex off;`` in nginx, ``Options -Indexes`` in Apache, ``<directoryBrowse
    enabled="false"/>`` in IIS. Remove ``serve-index`` and Python ``http.server`` from production. Serve static
    files from one dedicated folder only. Take ``s3:ListBucket`` away from anonymous users on public buckets.

Traps
    - An API collection at /files/ returning JSON is a feature, not a listing.
    - A 403 on the folder is a pass even though files inside are readable.
    - Soft-404 pages that contain 'Index of' text: require link structure too.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="must",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("13.4.3", "13.4.1", "13.4.7"),
        cwe=(548,),
        standards=("OWASP WSTG-CONF-02",),
    ),
)
