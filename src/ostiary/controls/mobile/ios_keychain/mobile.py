"""Of an iOS package: secrets' names beside user defaults in a program that never stores anything in the Keychain."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.package import Package, Text
from ostiary.model import Confidence, Finding, attest, failed, not_applicable, unknown
from ostiary.parts.secrets.names import meaning

_SHOWN: Final = 4
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{2,60}")
_SHORTEST: Final = 6  # characters of a value
_KINDS: Final = frozenset({"password", "token", "secret", "credential"})
_STORES: Final = frozenset({"_SecItemAdd", "_SecItemUpdate"})
_DEFAULTS: Final = frozenset({"NSUserDefaults"})
_LOOSE: Final = frozenset({"kSecAttrAccessibleAlways", "kSecAttrAccessibleAlwaysThisDeviceOnly"})


async def audit_mobile(package: Package) -> Finding:
    """Compare what the app's own programs import, and the keys among their texts."""
    if package.android:
        return not_applicable("an Android app has no Keychain")
    if package.complete:
        return unknown(f"{package.complete}: what it stores and where cannot be read")
    own = [each for each in package.binaries if each.own]
    imports = frozenset().union(*(one.imports for each in package.binaries for one in each.slices))
    loose = sorted(name for name in _LOOSE if f"_{name}" in imports)
    if loose:
        return failed(
            f"the Keychain is told to give items out while the device is locked ({loose[0]})",
            package.show(own[0].path, "imports", loose[0]),
            places=(own[0].path,),
            confidence=Confidence.FIRM,
        )
    filled = [each for each in package.texts() if each.where.partition(":")[0].endswith(".plist") and _is_filled(each)]
    if filled:
        return failed(
            f"a property list of the app holds a {meaning(filled[0].name).kind} ({filled[0].name})",
            *(
                package.show(each.where, "in clear, readable by who unpacks the app", each.name)
                for each in filled[:_SHOWN]
            ),
            places=tuple(dict.fromkeys(each.where for each in filled)),
        )
    defaults = any(_DEFAULTS & one.classes for each in own for one in each.slices)
    keys = _keys(package, {each.path for each in own})
    if defaults and keys and not imports & _STORES:
        return failed(
            f"the app uses NSUserDefaults, has a key {keys[0].value!r}, and never stores anything in the Keychain",
            *(
                package.show(each.where, "a key beside NSUserDefaults, and no SecItemAdd", each.value)
                for each in keys[:_SHOWN]
            ),
            places=tuple(dict.fromkeys(each.where for each in keys)),
            confidence=Confidence.TENTATIVE,
            proof="symbols that the program imports were compared with the names among its texts",
            facts={"keys": [each.value for each in keys[:20]]},
        )
    if imports & _STORES:
        return attest(
            f"{_QUESTION} The app stores items in the Keychain (SecItemAdd)"
            + (" and uses user defaults too." if defaults else ".")
        )
    if not keys:
        return not_applicable("no name of a token or password among the app's texts, and no use of the Keychain")
    return attest(f"{_QUESTION} It names {keys[0].value!r} and uses neither user defaults nor the Keychain.")


_QUESTION: Final = "Where does this build store tokens and keys, and with which Keychain protection class?"


def _keys(package: Package, paths: set[str]) -> list[Text]:
    """Texts of the app's own programs that name a secret and could be a key to store it by."""
    found: dict[str, Text] = {}
    for text in package.texts():
        if text.where in paths and _KEY.fullmatch(text.value) and meaning(text.value).kind in _KINDS:
            found.setdefault(text.value, text)
    return list(found.values())


def _is_filled(text: Text) -> bool:
    """Whether an entry of a property list is a secret with a value, not a text for people or a place to fill in."""
    value = text.value.strip()
    if len(value) < _SHORTEST or re.search(r"\s|^\$\(|^<|^\{", value):
        return False
    return meaning(text.name).kind in {"password", "secret"}
