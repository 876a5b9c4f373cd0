"""Of an Android package: passwords and tokens that are written to shared preferences as they are."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.package import CodeCall, Package
from ostiary.model import Finding, attest, failed, not_applicable, passed, unknown
from ostiary.parts.secrets.names import meaning

_SHOWN: Final = 4
_KINDS: Final = frozenset({"password", "token", "secret", "credential"})
_SEALED: Final = (
    "androidx.security.crypto.*",
    "javax.crypto.*",
    "com.google.crypto.tink.*",
    "*encrypt*",
    "*Encrypt*",
    "*.seal",
    "*.cipher*",
)


async def audit_mobile(package: Package) -> Finding:
    """Look for calls that store a value under a secret's name, in classes that have nothing to do with encryption."""
    if not package.android:
        return not_applicable("what an iOS app stores is asked of its use of the Keychain")
    stored = [each for each in package.calls("android.content.SharedPreferences$Editor.putString") if _key(each)]
    sealed = {(each.where, each.method) for each in package.calls(*_SEALED)}
    classes = {where for where, _ in sealed}
    clear = [each for each in stored if each.where not in classes]
    if clear:
        backed = any(each.get("android:allowBackup") != "false" for each in package.manifest.all("application"))
        more = ", and backups of the device take the file along (allowBackup)" if backed else ""
        return failed(
            f"{_key(clear[0])!r} is written to shared preferences in clear{more}",
            *(package.show(each.where, f"{each.method} stores it as it is", _key(each)) for each in clear[:_SHOWN]),
            places=tuple(dict.fromkeys(each.where for each in clear)),
            facts={"keys": sorted({_key(each) for each in clear})},
        )
    if package.complete:
        return unknown(f"not all code could be looked at: {package.complete}")
    open_ones = [each for each in stored if (each.where, each.method) not in sealed]
    if open_ones:
        shown = package.show(open_ones[0].where, f"{open_ones[0].method} stores it", _key(open_ones[0]))
        return unknown(f"whether {_key(open_ones[0])!r} is encrypted before it is stored cannot be seen", shown)
    if stored:
        shown = package.show(stored[0].where, f"{stored[0].method} encrypts", _key(stored[0]))
        return passed(f"{len(stored)} values under secrets' names are stored by methods that encrypt", shown)
    return attest("Which sensitive data does the app store on the device, and how is each encrypted?")


def _key(call: CodeCall) -> str:
    """The constant name that a value is stored under, where it is a secret's."""
    name = call.args[1] if len(call.args) > 1 else None
    return name if isinstance(name, str) and meaning(name).kind in _KINDS else ""
