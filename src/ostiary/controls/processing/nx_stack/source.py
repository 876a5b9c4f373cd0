"""Programs and libraries that come with a tree, a package or an image are judged by their headers."""

from __future__ import annotations

from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.tree import File, Role, Tree
from ostiary.model import Confidence, Evidence, Finding, failed, not_applicable, passed, unknown
from ostiary.parts import elf

_ROLES: Final = (Role.PRODUCT, Role.VENDORED, Role.GENERATED)
_TEXT: Final = (
    ".py", ".js", ".ts", ".tsx", ".jsx", ".java", ".kt", ".go", ".rb", ".php", ".swift", ".rs", ".c", ".h", ".cc", ".cpp", ".md",
    ".rst", ".txt", ".html", ".css", ".scss", ".json", ".yaml", ".yml", ".toml", ".xml", ".sql", ".lock", ".svg", ".png", ".jpg",
    ".gif", ".ico", ".woff", ".woff2", ".ttf", ".pyc", ".map", ".po", ".mo", ".csv", ".pdf", ".class", ".jar", ".whl", ".zip", ".gz",
    ".sh", ".pyi", ".vue", ".properties", ".gradle", ".ipynb", ".conf", ".ini", ".cfg",
)  # fmt: skip
_SMALLEST: Final = 52  # bytes of the shortest header
_MOST: Final = 20_000  # files


async def audit_source(tree: Tree) -> Finding:
    """Nothing that is delivered may ask for an executable stack."""
    files = [
        each
        for each in tree.files
        if each.role in _ROLES and each.size >= _SMALLEST and not each.name.lower().endswith(_TEXT)
    ]
    read: dict[str, elf.Elf] = {}
    cut: list[str] = []
    for file in files[:_MOST]:
        found, whole = _header(tree, file)
        if found is not None:
            read[file.path] = found
        elif not whole:
            cut.append(file.path)
    asking = [path for path, each in read.items() if each.stack]
    if asking:
        return failed(
            f"{len(asking)} of {len(read)} programs and libraries ask for an executable stack: {', '.join(asking[:4])}",
            *[Evidence(what=f"PT_GNU_STACK is RWE ({read[each].machine})", where=each) for each in asking[:4]],
            proof="one of them makes the stack of the whole process executable",
            places=tuple(asking),
            confidence=Confidence.CERTAIN,
        )
    if cut or len(files) > _MOST:
        return unknown(f"{len(cut) or len(files) - _MOST} programs are larger than is read: {', '.join(cut[:3])}")
    if not read:
        return not_applicable(f"no program or library in ELF among {len(tree.files)} files")
    silent = [path for path, each in read.items() if each.stack is None]
    if silent and len(silent) == len(read):
        return unknown(f"{', '.join(silent[:3])} does not say what stack it wants: the loader of each system decides")
    note = f"; {', '.join(silent[:3])} does not say, and gets what the loader gives" if silent else ""
    return passed(
        f"{len(read)} programs and libraries have no executable stack{note}",
        *[Evidence(what="no PT_GNU_STACK", where=each) for each in silent[:3]],
    )


def _header(tree: Tree, file: File) -> tuple[elf.Elf | None, bool]:
    """A file's headers, and whether all of it could be told."""
    try:
        data = tree.data(file)
    except Unanswerable:
        return None, True
    found = elf.of(data)
    return found, found is not None or elf.table(data[: elf.HEAD]) is None
