"""Of a tree: the key that data is encrypted with is not kept beside the code and settings that use it."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.tree import Role, Secret, Tree
from ostiary.model import Confidence, Finding, attest, failed, not_applicable
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
    """Look for keys of encryption among the credentials of the tree; what is encrypted with them, only people can tell."""
    searched = tree.secrets()
    if not searched.files:
        return not_applicable(f"no file that is a text among {len(tree.files)}")
    keys = [each for each in searched.found if _is_key_of_data(each)]
    if keys:
        return failed(
            f"{told(keys)}: whoever has a copy of the repository reads what it protects",
            *shown(keys),
            confidence=Confidence.FIRM,
            places=places(keys),
            proof="its name says that data is encrypted with it, and its value is a literal",
        )
    return attest(f"No key of encryption lies in {searched.files} files. {QUESTION}")


def _is_key_of_data(secret: Secret) -> bool:
    said = meaning(secret.name)
    return (
        secret.in_head
        and secret.role is Role.PRODUCT
        and not secret.public
        and said.kind in {"key", "secret"}
        and any(word.removesuffix("key") in _OF_DATA for word in said.words)
    )
