"""What is built in is named by hash and comes from one index; images are built on by digest."""

from __future__ import annotations

from collections.abc import Iterator

from ostiary.evidence.supply import Dependency
from ostiary.evidence.tree import Tree
from ostiary.model import Evidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.supply import base_images

_LISTS = ("*.cdx.json", "*.cdx.xml", "bom.json", "bom.xml", "sbom.json", "*.spdx.json", "*.spdx", "*.sbom.json")
_HASHED = frozenset({"PyPI", "npm", "Go", "crates.io"})  # whose lock files can hold a hash of every package
_MANIFESTS = frozenset(
    {"pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "package.json", "go.mod", "Cargo.toml"}
)  # a hash cannot stand there
_SHOWN = 4


async def audit_source(tree: Tree) -> Finding:
    """Look for a list of components in what is shipped, and in a source tree for hashes, indexes and digests."""
    return _artefact(tree) if tree.form in {"image", "wheel", "jar"} else _tree(tree)


def _artefact(tree: Tree) -> Finding:
    lists = [
        each
        for each in tree.files
        if any(each.name.endswith(one.lstrip("*")) for one in _LISTS) or "/sboms/" in each.path
    ]
    if lists:
        return passed(f"the {tree.form} holds a list of its components: {lists[0].path}", tree.show(f"{lists[0].path}:1", "a list of components"))  # fmt: skip
    return unknown(
        f"the {tree.form} holds no list of its components; one may lie beside it, signed (ostiary sbom makes one)"
    )


def _tree(tree: Tree) -> Finding:
    dependencies = tree.dependencies
    locks = [each for each in dependencies if each.file.rpartition("/")[2] not in _MANIFESTS]
    ours = [each for each in locks if each.ecosystem in _HASHED and each.pinned]
    faults = [*_confused(tree), *_floating(tree)]
    if faults:
        first = faults[0]
        return failed(
            first.what,
            *faults[:_SHOWN],
            severity=Severity.MEDIUM if dependencies.indexes else Severity.LOW,
            places=tuple(each.where for each in faults),
        )
    if not ours:
        return not_applicable("no locked package in the tree, and no image that one builds on by a floating tag")
    bare = [
        each
        for each in ours
        if each.version and not (each.hashes or each.development or each.managed or "@" in each.wanted)
    ]
    if bare:
        return _unhashed(tree, bare, len(ours))
    return unknown(
        f"{len(ours)} packages are locked by hash; whether a release gets a list of components and proof shows in its pipeline",
        tree.show(ours[0].place, "a package with the hash that it must have"),
    )


def _unhashed(tree: Tree, bare: list[Dependency], of: int) -> Finding:
    first = [*{each.file: each for each in reversed(bare)}.values()][::-1]  # of each file: how it was made is the cause
    shown = [tree.show(each.place, f"{each.name} {each.version} has no hash") for each in first[:_SHOWN]]
    return failed(
        f"{len(bare)} of {of} locked packages have no hash ({', '.join(each.file for each in first[:3])}): other bytes under the same version go unseen",
        *shown,
        severity=Severity.LOW,
        places=tuple(each.place for each in first[:200]),
    )


def _confused(tree: Tree) -> Iterator[Evidence]:
    """A second index answers for names that the first does not have, or has in an older version."""
    for place in tree.dependencies.indexes:
        yield tree.show(
            place, "packages come from a second index beside the first: whoever takes a name there is installed"
        )


def _floating(tree: Tree) -> Iterator[Evidence]:
    for file in tree.named(*base_images.FILES):
        base = base_images.base(tree.text(file))
        if (
            base is not None
            and base_images.is_shipped(file.path)
            and base.name
            and base.floating
            and not base.unresolved
        ):
            yield tree.show(
                f"{file.path}:{base.line}", f"builds on {base.written[:80]}, which is another image tomorrow"
            )
