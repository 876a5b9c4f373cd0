"""What images, services and settings files start production with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ostiary.evidence.code import Spot
from ostiary.evidence.tree import File, Tree
from ostiary.model import Confidence
from ostiary.parts.code.diagnostics import is_for_development
from ostiary.parts.code.judging import Fault

_ON: Final = r"[\"']?(?:1|true|on|yes)\b"
_VARIABLES: Final = re.compile(
    rf"(?i)^\s*(?:ENV\s+|-\s*|export\s+)?[\"']?(?:(?:FLASK_DEBUG|DJANGO_DEBUG|APP_DEBUG|WERKZEUG_DEBUG_PIN_OFF)[\"']?\s*[=:\s]\s*{_ON}|"
    r"(?:FLASK_ENV|ASPNETCORE_ENVIRONMENT|RAILS_ENV|RACK_ENV|DJANGO_ENV)[\"']?\s*[=:\s]\s*[\"']?development\b)"
)
_COMMANDS: Final = re.compile(
    r"(?i)^\s*(?:CMD|ENTRYPOINT|web:|command:|ExecStart=).*(?:manage\.py[\"',\s]+runserver|\bflask[\"',\s]+(?:--app\S*\s+\S+\s+)?run\b.*--debug|"
    r"--reload\b|artisan[\"',\s]+serve|\bnodemon\b|fastapi[\"',\s]+dev\b)"
)
_SPRING: Final = re.compile(
    r"(?i)^\s*(?:server\.error\.include-stacktrace\s*[=:]\s*always|spring\.h2\.console\.enabled\s*[=:]\s*true|include-stacktrace\s*:\s*always)"
)
_PHP: Final = re.compile(
    r"(?i)^\s*(?:php_(?:admin_)?flag\s+|php_(?:admin_)?value\s+)?display_errors\s*=?\s*(?:on|1|true|stdout)\b"
)
_LARAVEL: Final = re.compile(r"(?i)^\s*['\"]debug['\"]\s*=>\s*true\b")
_MOST_LINES: Final = 3000


def started(tree: Tree) -> Iterator[Fault]:
    """Debug switches in files of deployment."""
    images = tree.named("Dockerfile*", "*.dockerfile", "Containerfile", "Procfile", "*.service")
    yield from _lines(tree, images, _VARIABLES, "production's environment switches debug mode on")
    yield from _lines(tree, images, _COMMANDS, "production is started by a development server")
    compose = tree.named("docker-compose*.y*ml", "compose*.y*ml")
    yield from _lines(tree, compose, _VARIABLES, "a composition switches debug mode on", Confidence.TENTATIVE)
    spring = tree.named(
        "application.properties", "application.y*ml", "application-prod*.properties", "application-prod*.y*ml"
    )
    yield from _lines(tree, spring, _SPRING, "replies carry traces, or a console is served")
    yield from _lines(tree, tree.named("php.ini", "*.user.ini", ".htaccess"), _PHP, "errors are shown in replies")
    yield from _lines(tree, tree.named("config/app.php"), _LARAVEL, "debug mode is a constant of the settings")


def _lines(
    tree: Tree, files: Sequence[File], pattern: re.Pattern[str], what: str, sure: Confidence = Confidence.FIRM
) -> Iterator[Fault]:
    for file in files[:200]:
        if is_for_development(file.path):
            continue
        for number, line in enumerate(tree.text(file).splitlines()[:_MOST_LINES], 1):
            if len(line) < 2000 and pattern.search(line):  # noqa: PLR2004 - what people write
                yield Fault(Spot(path=file.path, line=number), what, sure)
