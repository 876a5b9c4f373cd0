"""The app keeps tokens and secrets in the Keychain, never in user defaults or plain files.

Why
    User defaults, plists and cache files can be read from backups and jail-broken devices. Whoever reads a stored
    token can act as that user.

Fix
    Store tokens with ``SecItemAdd`` and ``kSecAttrAccessibleWhenUnlockedThisDeviceOnly``, and delete old items on
    first run because they survive an uninstall. Remove secrets from ``UserDefaults``, ``@AppStorage``, plists and
    Core Data, and use ``URLSessionConfiguration.ephemeral`` for authenticated calls. On Android, encrypt stored
    tokens with a key held in the Android Keystore.

Traps
    - Symbols alone prove neither use nor misuse.
    - Keychain items survive uninstall: clear on first run.
    - HTTP cache and cookie storage also persist tokens.
"""

from ostiary.controls.mobile.ios_keychain.mobile import audit_mobile
from ostiary.controls.mobile.ios_keychain.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.NONE,
    strength="must",
    audits={Kind.MOBILE: audit_mobile, Kind.SOURCE: audit_source},
    attest=(
        "Where does the audited mobile build store tokens and keys, and with which Keychain protection class "
        "(attach the storage design or the code that writes them)?"
    ),
    reach="cannot: the app is not served here",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("14.3.3",),
        cwe=(312, 922),
        standards=("OWASP MASVS-STORAGE-1", "MASTG-TEST-0052"),
    ),
)
