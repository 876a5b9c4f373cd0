"""A file's path says what it is to its project: the product's own, a test, an example, somebody else's, generated."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Final

from ostiary.evidence.tree import Role

_VENDORED: Final = frozenset(
    [
        "node_modules",
        "bower_components",
        "vendor",
        "vendored",
        "third_party",
        "third-party",
        "thirdparty",
        "external",
        "site-packages",
        "dist-packages",
        ".venv",
        "venv",
        ".tox",
        ".nox",
        ".eggs",
        "pods",
        "carthage",
        ".gradle",
        ".mvn",
        ".yarn",
        ".cargo",
        "deps",
        "jspm_packages",
    ]
)
_GENERATED: Final = frozenset(
    ["dist", "build", "out", "target", ".next", ".nuxt", "__generated__", "generated", "coverage", "htmlcov", "_site"]
)
_TESTS: Final = frozenset(
    [
        "test",
        "tests",
        "testing",
        "spec",
        "specs",
        "__tests__",
        "__mocks__",
        "e2e",
        "androidtest",
        "unittest",
        "testdata",
        "fixtures",
    ]
)
_EXAMPLES: Final = frozenset(
    [
        "example",
        "examples",
        "sample",
        "samples",
        "demo",
        "demos",
        "doc",
        "docs",
        "docs_src",
        "docs-src",
        "doc_src",
        "documentation",
        "tutorial",
        "tutorials",
        "bench",
        "benchmark",
        "benchmarks",
    ]
)
_TEST_NAME: Final = re.compile(
    r"(?:^|.*[._-])(?:test|tests|spec|conftest)(?:[._-].*)?\.(?:py|[cm]?[jt]sx?|kts?|java|swift|go|php|rb|cs|rs|dart|feature)$|"
    r"(?:^|.*[._-])(?:test|tests|testing|fixtures?)(?:[._-].*)?\.(?:env|ini|json|ya?ml|toml|properties|sql)$|"
    r"^test.*\.py$|.*(?:Tests?|IT|Spec)\.(?:java|kt|swift|php)$|.*_test\.(?:go|py|rb)$|^\.env\.test(?:ing)?$"
)
_TEST_FOLDER: Final = re.compile(  # as their makers write it: integration_tests, _e2e-test, test_utils, ShopUITests
    r"_*tests?[_-].*|"
    r"(?:.*[._-])?(?:integration|unit|functional|acceptance|smoke|regression|system|e2e|end-?to-?end|contract|ui)[_-]?tests?_*|"
    r"(?-i:.*(?:[a-z0-9]|UI)(?:Tests|TestFixtures))|"
    r"cypress|playwright|__fixtures__|__snapshots__",
    re.IGNORECASE,
)
_SOURCE_SET: Final = re.compile(r"test[A-Z]\w*|[a-z]\w*Test(?:[A-Z]\w*)?")  # Gradle's, below src: androidTestDebug
_SOURCE_SET_ALONE: Final = re.compile(r"(?:jvm|common|integration|android|ios|js|native|functional|int)Test")
_EXAMPLE_FOLDER: Final = re.compile(
    r"_*docs?[_-]?(?:src|source|site|website|examples?|samples?|snippets?)|(?:.*[_-])?(?:examples|samples|tutorials)_*",
    re.IGNORECASE,
)
_PACKAGES: Final = frozenset({"java", "kotlin", "scala", "groovy"})  # below these, folders are names of packages
_MINIFIED: Final = re.compile(r".*(?:[.-]min|\.bundle|\.chunk|-bundle)\.(?:js|css|mjs)$|.*\.map$")
_GENERATED_NAME: Final = re.compile(
    r".*(?:_pb2(?:_grpc)?\.pyi?|\.pb\.go|\.g\.dart|\.designer\.cs|\.generated\.[a-z]+)$"
)


def role_of(path: str) -> Role:
    """What a file is, by its path from the root, with ``/``."""
    *folders, name = path.split("/")
    lower = [each.lower() for each in folders]
    roots = [at for at, each in enumerate(lower) if each in _PACKAGES and at and lower[at - 1] not in _PACKAGES]
    lower = lower[: roots[0]] if roots else lower
    if any(each in _VENDORED for each in lower) or _MINIFIED.fullmatch(name):
        return Role.VENDORED
    if _is_test(folders[: len(lower)]) or _TEST_NAME.fullmatch(name):
        return Role.TEST
    if (lower[:1] and lower[0] in _GENERATED) or _GENERATED_NAME.fullmatch(name):
        return Role.GENERATED
    return Role.EXAMPLE if any(each in _EXAMPLES or _EXAMPLE_FOLDER.fullmatch(each) for each in lower) else Role.PRODUCT


@functools.lru_cache(maxsize=4096)
def _tests(folder: str, above: str) -> bool:
    return (
        folder.lower() in _TESTS
        or _TEST_FOLDER.fullmatch(folder) is not None
        or (above == "src" and _SOURCE_SET.fullmatch(folder) is not None)
        or (above != "src" and _SOURCE_SET_ALONE.fullmatch(folder) is not None)
    )


def _is_test(folders: Sequence[str]) -> bool:
    return any(_tests(each, above) for above, each in zip(("", *folders), folders, strict=False))
