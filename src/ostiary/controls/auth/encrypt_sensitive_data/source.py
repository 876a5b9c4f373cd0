"""Of a tree: data is encrypted with ciphers that hold, and the key is not kept beside the code and settings that use it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ostiary.evidence.tree import Role, Secret, Tree
from ostiary.model import Confidence, Finding, attest, failed, not_applicable
from ostiary.parts.code import ciphers
from ostiary.parts.code.judging import Fault, judged
from ostiary.parts.secrets.names import meaning
from ostiary.parts.secrets.weighing import places, shown, told

QUESTION: Final = (
    "Which data elements are sensitive, and where, with which cipher and whose key is each one encrypted "
    "(attach the data inventory with key rotation dates)?"
)
_OF_DATA: Final = frozenset(
    {"encryption", "encrypt", "encrypted", "decryption", "decrypt", "crypto", "crypt", "cipher", "aes", "fernet", "field", "dek", "kek", "pii"}
)  # fmt: skip


async def audit_source(tree: Tree) -> Finding:
    """Look at ciphers, and for keys of encryption among the credentials; what is encrypted with them, only people can tell."""
    searched = tree.secrets()
    if not searched.files:
        return not_applicable(f"no file that is a text among {len(tree.files)}")
    weak = list(ciphers.weak(tree.code))
    faults = [Fault(each.call, each.what) for each in weak if each.certain]
    keys = [each for each in searched.found if _is_key_of_data(each)]
    if keys:
        return _with_keys(tree, keys, faults)
    if faults:
        return judged(tree, faults, nothing="cipher", proof="What was encrypted is read, or changed, without the key.")
    sound = ciphers.sound(tree.code)
    seen = [
        *([f"{len(sound)} places use a cipher that notices changes ({sound[0].place})"] if sound else []),
        *([f"to be looked at: {weak[0].what} ({weak[0].call.place})"] if weak else []),
        f"No key of encryption lies in {searched.files} files.",
    ]
    return attest(f"{'; '.join(seen)} {QUESTION}")


def _with_keys(tree: Tree, keys: Sequence[Secret], faults: Sequence[Fault]) -> Finding:
    also = f"; {faults[0].what} ({faults[0].spot.place})" if faults else ""
    return failed(
        f"{told(keys)}: whoever has a copy of the repository reads what it protects{also}",
        *[*shown(keys)[:3], *(tree.show(each.spot.place, each.what) for each in faults)][:4],
        confidence=Confidence.FIRM,
        places=(*places(keys), *dict.fromkeys(each.spot.place for each in faults)),
        proof="its name says that data is encrypted with it, and its value is a literal",
    )


def _is_key_of_data(secret: Secret) -> bool:
    said = meaning(secret.name)
    return (
        secret.in_head
        and secret.role is Role.PRODUCT
        and not secret.public
        and said.kind in {"key", "secret"}
        and any(word.removesuffix("key") in _OF_DATA for word in said.words)
    )
