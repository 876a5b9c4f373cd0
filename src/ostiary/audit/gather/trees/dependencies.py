"""What a tree is made of: every manifest and lock file is read once, and ranges that a lock beside them answers go."""

from __future__ import annotations

import dataclasses
import fnmatch
import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ostiary.audit.gather.trees.roles import role_of
from ostiary.errors import Unanswerable
from ostiary.evidence.supply import Dependencies, Dependency
from ostiary.evidence.tree import File, Role
from ostiary.parts.supply import (
    golang,
    gradle,
    maven,
    npm,
    php,
    pnpm,
    python_locks,
    python_manifests,
    requirements,
    ruby,
    rust,
    yarn,
)

if TYPE_CHECKING:
    from ostiary.audit.gather.trees.tree import Tree

MOST_FILES: Final = 2000
MOST_BYTES: Final = 4 * 1024 * 1024  # of one file: what trees read
MOST_MANIFEST: Final = 512 * 1024  # what people write themselves is shorter than what tools lock
MOST_IN_ALL: Final = 128 * 1024 * 1024
_SCAFFOLD: Final = re.compile(
    r"(?:templates?|skeletons?|boilerplate|scaffold(?:ing)?|archetypes?|playground)(?:[-_.].*)?$|.*\{\{"
)  # what others start from
_LONGEST: Final = 4000  # characters of a line, for readers that go line by line
_DEEPEST: Final = 8  # requirement files that draw in others

Reader = Callable[[str, str], list[Dependency]]
LOCKS: Final[dict[str, Reader]] = {
    "package-lock.json": npm.package_lock,
    "npm-shrinkwrap.json": npm.package_lock,
    "bun.lock": npm.bun,
    "pnpm-lock.yaml": pnpm.read,
    "uv.lock": python_locks.uv,
    "Pipfile.lock": python_locks.pipenv,
    "pdm.lock": python_locks.pdm,
    "pylock*.toml": python_locks.pylock,
    "Cargo.lock": rust.lock,
    "composer.lock": php.lock,
    "Gemfile.lock": ruby.lock,
    "gems.locked": ruby.lock,
    "*gradle.lockfile": gradle.lockfile,
}
MANIFESTS: Final[dict[str, Reader]] = {
    "package.json": npm.package_json,
    "pyproject.toml": python_manifests.pyproject,
    "Pipfile": python_manifests.pipfile,
    "setup.cfg": python_manifests.setup_cfg,
    "setup.py": python_manifests.setup_py,
    "Cargo.toml": rust.manifest,
    "composer.json": php.manifest,
    "Gemfile": ruby.manifest,
    "gems.rb": ruby.manifest,
    "*.versions.toml": gradle.catalogue,
}
_OTHERS: Final = ("poetry.lock", "yarn.lock", "go.mod", "pom.xml", "build.gradle", "build.gradle.kts")
_REQUIREMENTS: Final = ("requirements*.txt", "*-requirements.txt", "*_requirements.txt")
_LIBRARIES: Final[dict[str, Callable[[str], bool]]] = {
    "package.json": npm.is_library,
    "Cargo.toml": rust.is_library,
    "composer.json": php.is_library,
}
_PACKAGED: Final = ("pyproject.toml", "setup.cfg", "setup.py")
_SERVED: Final = ("Dockerfile*", "*.dockerfile", "Containerfile", "docker-compose*.y*ml", "compose*.y*ml", "Procfile",
                  "manage.py", "wsgi.py", "asgi.py", "fly.toml", "app.yaml", "serverless.y*ml")  # fmt: skip
BROKEN: Final = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, Unanswerable)


@dataclass(slots=True)
class _Found:
    tree: Tree
    files: dict[str, File]
    locked: list[Dependency] = field(default_factory=list)
    named: list[Dependency] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    indexes: list[str] = field(default_factory=list)
    libraries: set[str] = field(default_factory=set)
    bytes: int = 0

    def text(self, path: str, most: int = MOST_BYTES) -> str:
        """A file's text.

        :raises Unanswerable: when it is too large, or cannot be read.
        """
        file = self.files[path]
        if file.size > most:
            raise Unanswerable(f"is larger than {most >> 10} KiB")
        self.bytes += file.size
        if self.bytes > MOST_IN_ALL:
            raise Unanswerable(f"is left out: more than {MOST_IN_ALL >> 20} MiB of lock files")
        return self.tree.text(file)

    def lines(self, path: str, most: int = MOST_BYTES) -> str:
        """A file's text, no line of it longer than readers are made for."""
        return "\n".join(each[:_LONGEST] for each in self.text(path, most).split("\n"))

    def take(self, path: str, to: list[Dependency], read: Callable[[], Iterable[Dependency]]) -> None:
        """Read one file; one that cannot be read is told of."""
        self.read.append(path)
        try:
            to.extend(read())
        except BROKEN as error:
            self.broken[path] = (
                str(error)[:120] if isinstance(error, Unanswerable) else f"cannot be read: {type(error).__name__}"
            )


def named_in(tree: Tree) -> Dependencies:
    """What the manifests and lock files of a source tree name."""
    files = {each.path: each for each in tree.files if _is_ours(each)}
    found = _Found(tree, files)
    paths = [path for path in files if _is_read(posixpath.basename(path))]
    for path in paths[:MOST_FILES]:
        _one(found, path)
    _requirements(found)
    _poms(found)
    if len(paths) > MOST_FILES:
        found.broken[paths[MOST_FILES]] = f"and those after it: only {MOST_FILES} files were read"
    libraries = frozenset() if _is_served(tree) else frozenset(found.libraries)
    return Dependencies(
        tuple(_settled(found)), tuple(sorted(found.read)), found.broken, libraries, tuple(found.indexes)
    )


def _is_ours(file: File) -> bool:
    """Whether a file's folders are the product's: its own name says nothing (``requirements-test.txt``)."""
    folder = posixpath.dirname(file.path)
    if any(_SCAFFOLD.match(each) for each in folder.split("/")):
        return False
    return role_of(f"{folder}/x" if folder else "x") in {Role.PRODUCT, Role.GENERATED}


def _is_read(name: str) -> bool:
    return name in _OTHERS or any(fnmatch.fnmatchcase(name, each) for each in (*LOCKS, *MANIFESTS))


def _reader(name: str, table: dict[str, Reader]) -> Reader | None:
    return next((reader for pattern, reader in table.items() if fnmatch.fnmatchcase(name, pattern)), None)


def _one(found: _Found, path: str) -> None:
    name = posixpath.basename(path)
    lock, manifest = _reader(name, LOCKS), _reader(name, MANIFESTS)
    if lock is not None:
        found.take(path, found.locked, lambda: lock(found.text(path), path))
    elif manifest is not None:
        found.take(path, found.named, lambda: manifest(found.text(path, MOST_MANIFEST), path))
        _library(found, path, name)
    elif name == "poetry.lock":
        found.take(path, found.locked, lambda: python_locks.poetry(found.text(path), path, _main(found, path)))
    elif name == "yarn.lock":
        found.take(path, found.locked, lambda: yarn.read(found.lines(path), path, _ranges(found, path)))
    elif name == "go.mod":
        sums = _beside(path, "go.sum")
        found.take(path, found.locked, lambda: golang.read(found.lines(path), path, found.lines(sums) if sums in found.files else ""))  # fmt: skip
    elif name.startswith("build.gradle"):
        found.take(
            path,
            found.named,
            lambda: gradle.script(found.lines(path, MOST_MANIFEST), path, _gradle_properties(found, path)),
        )


def _library(found: _Found, path: str, name: str) -> None:
    says = _LIBRARIES.get(name)
    try:
        text = found.text(path, MOST_MANIFEST)
        if name in _PACKAGED:
            library = name != "pyproject.toml" or "[build-system]" in text
        else:
            library = says is not None and says(text)
    except BROKEN:
        return
    if library:
        found.libraries.add(path)


def _main(found: _Found, path: str) -> Collection[str] | None:
    """What the ``pyproject.toml`` beside a lock names for use."""
    beside = _beside(path, "pyproject.toml")
    if beside not in found.files:
        return None
    return {
        each.name
        for each in python_manifests.pyproject(found.text(beside, MOST_MANIFEST), beside)
        if not each.development
    }


def _ranges(found: _Found, path: str) -> dict[str, str] | None:
    """What every ``package.json`` from the lock's folder down names for use, as written."""
    folder = posixpath.dirname(path)
    ranges: dict[str, str] = {}
    beside = [each for each in found.files if posixpath.basename(each) == "package.json" and _within(each, folder)]
    for each in beside[:MOST_FILES]:
        ranges |= npm.shipped(found.text(each, MOST_MANIFEST))
    return ranges if beside else None


def _gradle_properties(found: _Found, path: str) -> dict[str, str]:
    known: dict[str, str] = {}
    for each in _upwards(path):
        beside = posixpath.join(each, "gradle.properties")
        if beside in found.files:
            known = gradle.properties(found.lines(beside)) | known
    return known


def _requirements(found: _Found) -> None:
    """Requirement files, those that they draw in, and the versions that constraint files give."""
    waiting = [
        (path, 0)
        for path in found.files
        if any(fnmatch.fnmatchcase(posixpath.basename(path), each) for each in _REQUIREMENTS)
        or (
            fnmatch.fnmatchcase(path, "*requirements/*.txt")
            and posixpath.basename(posixpath.dirname(path)) == "requirements"
        )
    ]
    seen: set[str] = set()
    while waiting and len(seen) < MOST_FILES:
        path, depth = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        drawn: list[str] = []
        found.take(path, found.named, lambda path=path, drawn=drawn: _required(found, path, drawn))  # type: ignore[misc] # both are bound here
        if depth < _DEEPEST:
            waiting += [(each, depth + 1) for each in drawn if each in found.files]


def _required(found: _Found, path: str, drawn: list[str]) -> Iterator[Dependency]:
    read = requirements.read(found.lines(path), path)
    drawn += [_beside(path, each) for each in read.draws]
    found.indexes += [f"{path}:{each}" for each in read.indexes]
    bounds: dict[str, Dependency] = {}
    for each in read.constraints:
        other = _beside(path, each)
        if other in found.files:
            bounds |= {one.name: one for one in requirements.read(found.lines(other), other).packages}
    for one in read.packages:
        bound = bounds.get(one.name)
        yield dataclasses.replace(one, version=bound.version) if bound is not None and not one.version else one
    if read.odd > len(read.packages):
        raise Unanswerable("holds lines that are no requirements")


def _poms(found: _Found) -> None:
    poms: list[maven.Pom] = []

    def one(path: str) -> Iterator[Dependency]:
        poms.append(maven.read(found.text(path), path))
        yield from ()

    for path in [each for each in found.files if posixpath.basename(each) == "pom.xml"][:MOST_FILES]:
        found.take(path, [], lambda path=path: one(path))  # type: ignore[misc] # bound here
    found.named += maven.resolved(poms)


def _settled(found: _Found) -> Iterator[Dependency]:
    """Locked packages, marked where a manifest names them; and named ones that no lock near them answers."""
    direct = {(each.ecosystem, each.name) for each in found.named}
    used = {(each.ecosystem, each.name) for each in found.named if not each.development}
    places: dict[tuple[str, str], set[str]] = {}
    for each in (*found.locked, *(one for one in found.named if one.version)):
        places.setdefault((each.ecosystem, each.name), set()).add(each.file)
    locks = {each.file for each in found.locked}
    seen = set()
    for each in found.locked:
        key = (each.file, each.ecosystem, each.name, each.version)
        if key not in seen:
            seen.add(key)
            if (each.ecosystem, each.name) not in direct:
                yield each
                continue
            development = each.development or (each.ecosystem, each.name) not in used
            yield dataclasses.replace(each, direct=True, development=development)
    for each in found.named:
        key = (each.file, each.ecosystem, each.name, each.version)
        near = {
            one for one in places.get((each.ecosystem, each.name), ()) if one != each.file and _near(one, each.file)
        }
        if key not in seen and not (near & locks or (near and not each.pinned)):
            seen.add(key)
            yield each


def _near(one: str, other: str) -> bool:
    first, second = posixpath.dirname(one), posixpath.dirname(other)
    return _within(one, second) or _within(other, first)


def _within(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _upwards(path: str) -> Iterator[str]:
    folder = posixpath.dirname(path)
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _beside(path: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), name))


def _is_served(tree: Tree) -> bool:
    """Whether something here is run as it is, rather than installed by others."""
    return any(
        fnmatch.fnmatchcase(each.name, pattern)
        for each in tree.files
        if each.role is Role.PRODUCT
        for pattern in _SERVED
    )
