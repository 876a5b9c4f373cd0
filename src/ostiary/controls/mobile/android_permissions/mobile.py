"""Of an Android package: permissions that reach the user's data and no code uses, and parts that any other app may use."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.package import Package
from ostiary.model import Evidence, Finding, attest, failed, not_applicable, passed
from ostiary.parts.mobile import manifests, permissions
from ostiary.parts.mobile.manifests import Component, Permission

_SHOWN: Final = 4
_NAMED: Final = 8  # in a sentence


async def audit_mobile(package: Package) -> Finding:
    """Compare what the merged manifest requests with what all code of the package can use."""
    if not package.android:
        return not_applicable("an iOS app has no Android permissions")
    manifest, facts = package.manifest, package.facts
    minimum, target = int(facts["minimum SDK"]), int(facts["target SDK"])
    asked = [each for each in manifests.requested(manifest) if not 0 < each.most_sdk < minimum]
    dangerous = [each for each in asked if permissions.is_dangerous(each.name)]
    special = [each for each in asked if permissions.is_special(each.name)]
    unused = _unused(package, dangerous) if dangerous and not package.complete else []
    exposed = [*manifests.exposed(manifest, minimum=minimum, target=target)]
    learnt = {
        "requested": sorted(permissions.short(each.name) for each in asked),
        "dangerous": sorted(permissions.short(each.name) for each in dangerous),
        "exposed components": [each.name for each in exposed],
    }
    if unused or exposed:
        faults = [_of_permission(package, each) for each in unused] + [_of_part(package, each) for each in exposed]
        whys = [f"{_names(unused)} requested, and no code in the package uses it"] * bool(unused)
        whys += [f"any other app may use {_parts(exposed)}"] * bool(exposed)
        named = [(each.line, each.name) for each in unused] + [(each.line, each.name) for each in exposed]
        places = tuple(_place(package, line, name) for line, name in named)
        return failed("; ".join(whys), *faults[:_SHOWN], places=places, facts=learnt)
    if dangerous or special:
        when = (
            ", all granted without a question when it is installed below Android 6"
            if permissions.asked_when_installed(minimum)
            else ""
        )
        listed = ", ".join(permissions.short(each.name) for each in (*dangerous, *special))
        return attest(f"{_QUESTION} It requests {listed}{when}.")
    return passed(
        f"none of {len(asked)} requested permissions reaches the user's data, and no part is open to other apps",
        package.show(package.manifest_path, "permissions", ", ".join(learnt["requested"])),
    )


_QUESTION: Final = (
    "Does every permission that reaches the user's data have a feature that needs it, with reason, reviewer and date?"
)


def _unused(package: Package, dangerous: list[Permission]) -> list[Permission]:
    """Permissions without any word of their use in names and texts of the code and in the manifest's filters."""
    words = package.remember("all words of the code", lambda: _words(package))
    return [each for each in dangerous if not permissions.is_used(each.name, words)]


def _words(package: Package) -> str:
    actions = [each.get("android:name") for each in package.manifest.walk() if each.tag == "action"]
    return "\n".join((*package.refers("*"), *package.words(), *actions))


def _of_permission(package: Package, permission: Permission) -> Evidence:
    what = "requested, and neither a call nor a text of the code has to do with it"
    return package.show(_place(package, permission.line, permission.name), what, permission.name)


def _of_part(package: Package, part: Component) -> Evidence:
    guard = (
        f"guarded by {part.permission}, which any app can have" if part.permission else "exported without a permission"
    )
    return package.show(_place(package, part.line, part.name), f"{part.kind} {guard}", part.name)


def _place(package: Package, line: int, name: str) -> str:
    return f"{package.manifest_path}:{line or name}"


def _names(found: list[Permission]) -> str:
    listed = ", ".join(permissions.short(each.name) for each in found[:_NAMED])
    return f"{listed} {'is' if len(found) == 1 else 'are'}"


def _parts(found: list[Component]) -> str:
    listed = ", ".join(each.name.rpartition(".")[2] for each in found[:_NAMED])
    return f"{listed} and {len(found) - _NAMED} more" if len(found) > _NAMED else listed
