"""Of an app's source: the salt or key that payment requests are signed with is not among its constants and resources."""

from __future__ import annotations

import re
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.tree import Role, Secret, Tree
from ostiary.model import Confidence, Finding, attest, failed, not_applicable
from ostiary.parts.secrets.apps import app_files, app_folders, inside
from ostiary.parts.secrets.formats import PAYMENT_PROVIDERS
from ostiary.parts.secrets.weighing import places, shown, told

QUESTION: Final = "Which payment provider is used, and where is the request's hash computed?"
_WORD: Final = 4  # letters; shorter names of providers are words of other things
_PAYS: Final = re.compile(
    r"(?i)(?<![a-z])(?:"
    + "|".join(sorted((each for each in PAYMENT_PROVIDERS if len(each) > _WORD), key=len, reverse=True))
    + r"|stripe|braintree|merchant_?(?:key|id|salt)|payment_?(?:gateway|salt|hash))"
)
_SALTS: Final = frozenset({"payment-salt", "assigned-salt"})
_MOST: Final = 5_000  # files


async def audit_source(tree: Tree) -> Finding:
    """Look for salts by name in folders of apps; a salt without a payment near it is none of a payment."""
    folders = app_folders(tree)
    if not folders:
        return not_applicable(f"no mobile app among {len(tree.files)} files")
    paying = _paying(tree, folders)
    salts = [each for each in tree.secrets().found if _is_salt(each, folders, pays=bool(paying))]
    if salts:
        return failed(
            f"{told(salts)} is built into the app: whoever unpacks it signs payments",
            *shown(salts),
            confidence=Confidence.FIRM,
            places=places(salts),
            proof="the name says what it is, and the value is a literal in a file that goes into the package",
        )
    if not paying:
        return not_applicable(f"no word of a payment provider in {len(app_files(tree, folders))} files of the app")
    return attest(f"{QUESTION} The app has to do with payments ({paying}); no salt was found in its source.")


def _is_salt(secret: Secret, folders: tuple[str, ...], *, pays: bool) -> bool:
    if not secret.in_head or secret.role is not Role.PRODUCT or not inside(secret.where, folders):
        return False
    return secret.salt or (pays and secret.kind in _SALTS)


def _paying(tree: Tree, folders: tuple[str, ...]) -> str:
    """The first place where a payment provider is named."""
    for file in app_files(tree, folders)[:_MOST]:
        try:
            found = _PAYS.search(tree.text(file))
        except Unanswerable:
            continue
        if found:
            return f"{file.path}:{tree.text(file).count(chr(10), 0, found.start()) + 1}"
    return ""
