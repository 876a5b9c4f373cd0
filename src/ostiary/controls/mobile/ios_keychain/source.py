"""Of source: secrets that Swift or Objective-C writes to user defaults, and Keychain items that are given out while locked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Language, Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.code.judging import Fault, judged
from ostiary.parts.mobile import trees
from ostiary.parts.secrets.names import meaning

_KINDS: Final = frozenset({"password", "token", "secret", "credential"})
_SHORT: Final = re.compile(r"(?:^|[_.a-z])(?:m?PIN|Pin|OTP|Otp|CVV|cvv|Mnemonic|mnemonic)$|^(?:pin|otp)$")
_DEFAULTS: Final = re.compile(r"(?:^|\.)(?:NS)?UserDefaults(?:\.|$)")
_STORES: Final = ("*.set", "*.setValue", "*.setObject")
_OBJECTIVE: Final = re.compile(
    r"\[[^\n]{0,200}\bset(?:Object|Value):(?P<value>[^\n]{1,200}?)\s+forKey:@\"(?P<key>[^\"\n]{2,60})\""
)
_OF_DEFAULTS: Final = re.compile(r"NSUserDefaults|standardUserDefaults|\b\w*[dD]efaults\b")
_LOOSE: Final = re.compile(
    r"\bkSecAttrAccessibleAlways(?:ThisDeviceOnly)?\b|\.accessibility\(\.always|accessibility:\s*\.always"
)
_WRAPPERS: Final = (
    "KeychainAccess",
    "KeychainSwift",
    "SwiftKeychainWrapper",
    "Valet",
    "Locksmith",
    "SAMKeychain",
    "SimpleKeychain",
)
_SETS: Final = re.compile(r"\bSecItem(?:Add|Update)\s*\(")


async def audit_source(tree: Tree) -> Finding:
    """Follow names of secrets to user defaults, and look at how the Keychain is used."""
    faults = [*_of_swift(tree)]
    sound: list[Spot] = [
        *tree.code.imports(*_WRAPPERS, languages=(Language.SWIFT,)),
        *tree.code.calls("SecItemAdd", "SecItemUpdate", languages=(Language.SWIFT,)),
    ]
    for file, text in trees.code_texts(tree, "*.swift", "*.m", "*.mm"):
        faults += _of_text(file.path, text)
        if not file.name.endswith(".swift") and (used := _SETS.search(text)):
            line = text.count("\n", 0, used.start()) + 1
            sound.append(Spot(path=file.path, line=line, language=Language.SWIFT))
    return judged(
        tree,
        faults,
        sound=sound,
        holds="the Keychain is used",
        nothing="secret's name that is stored, and no use of the Keychain",
    )


def _of_swift(tree: Tree) -> Iterator[Fault]:
    for call in tree.code.calls(*_STORES, languages=(Language.SWIFT,)):
        receiver = call.receiver
        names = [call.name.rpartition(".")[0]] + (
            [receiver.name, receiver.call.name if receiver.call else ""] if receiver else []
        )
        if any(_DEFAULTS.search(each) for each in names) and (key := _key(call)):
            yield Fault(call, f"{key} goes to user defaults, which backups and other tools read in clear")
    for call in tree.code.calls("AppStorage", languages=(Language.SWIFT,)):
        told = call.argument(0)
        if told is not None and isinstance(told.literal, str) and _is_secret(told.literal):
            yield Fault(call, f"@AppStorage keeps {told.literal} in user defaults")


def _key(call: Call) -> str:
    """The name that a value is stored under, where it is a secret's and the value is one that could be secret."""
    value, key = call.argument(0), call.argument(1, "forKey")
    if key is None or value is None or value is key or value.text == "nil":  # nil may be left out of what is read
        return ""
    if value.known and not (value.literal and isinstance(value.literal, str)):
        return ""  # a switch or a number
    name = (
        key.literal
        if isinstance(key.literal, str)
        else re.sub(r"\.(?:rawValue|key|name)$", "", key.name or key.text).rpartition(".")[2]
    )
    return name if _is_secret(name) else ""


def _is_secret(name: str) -> bool:
    """Whether a name is a secret's, with or without ``Key`` behind it."""
    short = re.sub(r"(?i)[_.-]?key$", "", name) or name
    return meaning(short).kind in _KINDS or meaning(name).kind in _KINDS or _SHORT.search(short) is not None


def _of_text(path: str, text: str) -> Iterator[Fault]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith(("//", "*")) or len(line) > 2_000:  # noqa: PLR2004 - characters that people write in a line
            continue
        spot = Spot(path=path, line=number, language=Language.SWIFT)
        if _LOOSE.search(line):
            yield Fault(spot, "the Keychain is told to give an item out while the device is locked")
        elif path.endswith((".m", ".mm")) and (key := _stored(line)):
            yield Fault(spot, f"{key} goes to user defaults, which backups and other tools read in clear")


def _stored(line: str) -> str:
    """The secret's name under which a line of Objective-C writes a value to user defaults."""
    found = _OBJECTIVE.search(line)
    if found is None or not _OF_DEFAULTS.search(found[0]) or found["value"].strip() in {"nil", "@YES", "@NO"}:
        return ""
    return found["key"] if _is_secret(found["key"]) else ""
