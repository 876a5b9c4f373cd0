"""Of an app's source: code, resources, build files and settings hold no secret, for all of them end up in the package."""

from __future__ import annotations

from ostiary.evidence.tree import Role, Tree
from ostiary.model import Confidence, Finding, attest, failed, not_applicable, passed, unknown
from ostiary.parts.secrets.apps import app_files, app_folders, inside
from ostiary.parts.secrets.weighing import places, shown, told, weighed


async def audit_source(tree: Tree) -> Finding:
    """Look at the credentials that lie in folders of apps; payment salts are another control's."""
    folders = app_folders(tree)
    if not folders:
        return not_applicable(f"no mobile app among {len(tree.files)} files")
    files = app_files(tree, folders)
    found = [
        each
        for each in tree.secrets().found
        if each.in_head and each.role is Role.PRODUCT and not each.salt and inside(each.where, folders)
    ]
    sure = weighed(found)
    if sure.grave:
        return failed(
            f"{told(sure.grave)} is built into the app{sure.sentence}",
            *shown(sure.grave),
            confidence=Confidence.CERTAIN if sure.grave[0].certain else Confidence.FIRM,
            places=places(sure.grave),
            facts={"kinds": sorted({each.kind for each in sure.grave})},
        )
    restricted = [each for each in found if each.public]
    doubtful = [each for each in sure.doubtful if not each.public]
    if doubtful:
        return unknown(f"{told(doubtful)}: whether it opens something cannot be read from it", *shown(doubtful))
    if restricted:
        return attest(
            f"{told(restricted)} is made to be seen, if it is restricted to this app at its provider. How is it restricted "
            "(attach the list with screenshots of the restrictions)?"
        )
    return passed(f"no secret in {len(files)} files of the app in {folders[0] or 'the whole tree'}")
