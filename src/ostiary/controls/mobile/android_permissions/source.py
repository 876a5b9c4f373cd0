"""Of source: permissions that a manifest asks for and no code of the tree uses, and parts that any other app may use."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest, failed, not_applicable, passed
from ostiary.parts.mobile import manifests, permissions, trees

_SHOWN: Final = 4
_READ: Final = (*trees.CODE, "*.js", "*.ts", "*.tsx", "*.jsx", "*.dart", "*.cs")
_QUESTION: Final = (
    "Does every permission that reaches the user's data have a feature that needs it, with reason, reviewer and date?"
)


async def audit_source(tree: Tree) -> Finding:
    """Compare the manifests of released builds with all code of the tree."""
    found = trees.manifests(tree)
    if not found:
        return not_applicable("no manifest of an Android app")
    minimum, target = trees.sdks(tree)
    code = "\n".join(text for _, text in trees.code_texts(tree, *_READ))
    told = bool(code) and not tree.named(*trees.HYBRID)
    faults: list[tuple[str, str]] = []
    asked: list[str] = []
    for path, manifest in found:
        for each in manifests.requested(manifest):
            if not permissions.is_dangerous(each.name) or 0 < each.most_sdk < minimum:
                asked += [each.name] * permissions.is_special(each.name)
                continue
            actions = "\n".join(one.get("android:name") for one in manifest.walk() if one.tag == "action")
            if told and not permissions.is_used(each.name, f"{code}\n{actions}"):
                faults.append(
                    (f"{path}:{each.line}", f"{permissions.short(each.name)} is requested, and no code here uses it")
                )
            asked.append(each.name)
        for part in manifests.exposed(manifest, minimum=minimum, target=target):
            guard = (
                f"guarded by {part.permission}, which any app can have"
                if part.permission
                else "exported without a permission"
            )
            faults.append((f"{path}:{part.line}", f"{part.kind} {part.name.rpartition('.')[2]} is {guard}"))
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        return failed(
            faults[0][1] + more,
            *(tree.show(*each) for each in faults[:_SHOWN]),
            places=tuple(place for place, _ in faults),
        )
    if asked:
        return attest(
            f"{_QUESTION} The manifest requests {', '.join(sorted({permissions.short(each) for each in asked}))}."
        )
    return passed(
        f"{len(found)} manifests request nothing that reaches the user's data, and open no part to other apps",
        tree.show(f"{found[0][0]}:{found[0][1].line}", "nothing dangerous is requested"),
    )
