"""The Android app requests only permissions that a feature needs, each with a recorded reason.

Why
    Libraries add permissions silently when manifests merge. If the app or one of its SDKs is compromised, every
    excess permission is more user data it can steal.

Fix
    List the merged permissions with ``aapt2 dump permissions app.apk`` and write down feature, reason and reviewer
    for each. Drop unneeded ones that come from libraries with ``tools:node="remove"``, and narrow old ones with
    ``android:maxSdkVersion``. Fail the build when the merged manifest differs from the list.

Traps
    - Libraries add permissions silently through manifest merging.
    - Normal-level permissions (INTERNET) need only listing.
    - Unused in code does not mean unused by an SDK through reflection.
"""

from ostiary.controls.mobile.android_permissions.mobile import audit_mobile
from ostiary.controls.mobile.android_permissions.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.NONE,
    strength="must",
    audits={Kind.MOBILE: audit_mobile, Kind.SOURCE: audit_source},
    attest=(
        "Does every permission the Android app requests have a justified need (attach the permission list with "
        "feature, reason, reviewer and date)?"
    ),
    reach="cannot: the app is not served here",
    maps=Maps(
        cwe=(250, 272),
        standards=("OWASP MASVS-PRIVACY-1, MASVS-PLATFORM-1", "MASTG-TEST-0254, 0255, 0256"),
    ),
)
