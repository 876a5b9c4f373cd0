"""What a project is, as far as its files tell: the languages of its own code, whether it serves anything, its tests."""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.tree import File, Role, Tree

LANGUAGES: Final[Mapping[str, str]] = {
    "py": "python", "js": "javascript", "jsx": "javascript", "mjs": "javascript", "cjs": "javascript", "ts": "javascript", "tsx": "javascript", "vue": "javascript", "java": "java", "kt": "kotlin",
    "swift": "swift", "go": "go", "php": "php", "rb": "ruby", "cs": "csharp", "scala": "scala", "rs": "rust", "c": "c", "cc": "c", "cpp": "c", "m": "c", "ex": "elixir", "dart": "dart",
}  # fmt: skip
_DECLARATIONS: Final = (".d.ts", ".config.js", ".config.ts", ".config.mjs", ".config.cjs")
_SERVES: Final = (
    "openapi*.json",
    "openapi*.y*ml",
    "swagger*.json",
    "swagger*.y*ml",
    "Procfile",
    "serverless.yml",
    "serverless.yaml",
    "app.yaml",
    "fly.toml",
)
_EXPOSES: Final = re.compile(r"(?mi)^\s*EXPOSE\s+\d")
_REFUSALS: Final = re.compile(
    r"\b(?:401|403|405|415|422)\b|(?i:unauthori[sz]ed|forbidden|permission_?denied|access_?denied|not_?allowed|invalid_?token|expired_?token|unprocessable)"
)
_STATUS: Final = re.compile(
    r"(?i)(?:status|assert|expect|should|code|is_?|to_?be|equal|isUnauthorized|isForbidden).{0,80}\b(?:401|403|405|415|422)\b"
    r"|\b(?:401|403|405|415|422)\b.{0,40}(?:status|code)"
    r"|isUnauthorized\(|isForbidden\(|HTTP_40[135]_|HTTP_41[5]_|HTTP_422_|Status(?:Unauthorized|Forbidden|MethodNotAllowed|UnsupportedMediaType|UnprocessableEntity)"
    r"|HttpStatus\.(?:UNAUTHORIZED|FORBIDDEN|METHOD_NOT_ALLOWED|UNSUPPORTED_MEDIA_TYPE|UNPROCESSABLE_ENTITY)|have_http_status\(:(?:unauthorized|forbidden)|assertForbidden|assertUnauthorized"
    r"|raises\([^)]{0,80}(?:Permission|Unauthori[sz]ed|Forbidden|Denied|Invalid|Expired|Signature|Authentication)"
)
MOST_TESTS: Final = 2_000  # files of tests that are read


def languages(tree: Tree) -> Counter[str]:
    """Bytes of the product's own code by language."""
    made: Counter[str] = Counter()
    for each in tree.files:
        language = LANGUAGES.get(each.name.rpartition(".")[2].lower()) if "." in each.name else None
        if language and each.role is Role.PRODUCT and not each.name.endswith(_DECLARATIONS) and not _tooling(each):
            made[language] += each.size
    return made


def _tooling(file: File) -> bool:
    return file.name in {
        "setup.py",
        "noxfile.py",
        "conftest.py",
        "gulpfile.js",
        "Gruntfile.js",
        "tasks.py",
    } or file.path.startswith((".github/", ".circleci/", "scripts/", "tools/", "ci/"))


def serves(tree: Tree) -> str:
    """Why the tree holds a service that runs somewhere, in some words; empty: nothing says so."""
    try:
        routes = tree.code.routes
    except Unanswerable:
        routes = ()
    if routes:
        return f"{len(routes)} route{'s' * (len(routes) > 1)} ({routes[0].place})"
    documents = [each for each in tree.named(*_SERVES) if any(fnmatch.fnmatch(each.name, one) for one in _SERVES)]
    if documents:
        return documents[0].path
    for each in tree.named("Dockerfile", "Dockerfile.*", "*.Dockerfile", "Containerfile")[:20]:
        if _EXPOSES.search(tree.text(each)):
            return f"{each.path}, which exposes a port"
    return ""


def tests(tree: Tree) -> Sequence[File]:
    """Files of tests: code below test folders or with names of tests."""
    return [
        each
        for each in tree.files
        if each.role is Role.TEST
        and "." in each.name
        and each.name.rpartition(".")[2].lower() in {*LANGUAGES, "feature", "robot", "bats"}
    ]


def refusing(tree: Tree, files: Sequence[File]) -> list[str]:
    """Places in tests that expect a refusal: 401, 403, 405, 415 or 422, or an error of credentials; at most one a file."""
    places = []
    for each in files[:MOST_TESTS]:
        try:
            text = tree.text(each)
        except Unanswerable:
            continue
        if _REFUSALS.search(text) is None:
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) < 400 and _STATUS.search(line):  # noqa: PLR2004 - longer ones are data
                places.append(f"{each.path}:{number}")
                break
    return places
