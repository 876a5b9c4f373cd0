"""What tells that a process runs as in a workshop: a switch in its environment, or a server made for developers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

_TRUE: Final = frozenset({"1", "true", "yes", "on", "y", "t"})
_DEBUG: Final = frozenset({
    "DEBUG", "APP_DEBUG", "FLASK_DEBUG", "DJANGO_DEBUG", "QUART_DEBUG", "STARLETTE_DEBUG", "LITESTAR_DEBUG", "SANIC_DEBUG",
    "SYMFONY_DEBUG", "WP_DEBUG", "YII_DEBUG",
})  # fmt: skip
_MODES: Final[Mapping[str, frozenset[str]]] = {
    "FLASK_ENV": frozenset({"development"}), "QUART_ENV": frozenset({"development"}), "NODE_ENV": frozenset({"development", "dev"}),
    "RAILS_ENV": frozenset({"development"}), "RACK_ENV": frozenset({"development"}),
    "ASPNETCORE_ENVIRONMENT": frozenset({"development"}), "DOTNET_ENVIRONMENT": frozenset({"development"}),
    "GIN_MODE": frozenset({"debug"}), "MIX_ENV": frozenset({"dev"}), "UVICORN_RELOAD": _TRUE,
}  # fmt: skip
_COMMANDS: Final = (
    (re.compile(r"manage\.py runserver\b|django-admin(?:\.py)? runserver\b"), "Django's development server"),
    (re.compile(r"\bflask\b(?: [^ ]+)* run\b(?=.* --debug\b)|\bflask\b(?: [^ ]+)* --debug(?: [^ ]+)* run\b"), "Flask with --debug"),
    (re.compile(r"\b(?:uvicorn|hypercorn|gunicorn|granian|daphne)\b.* --reload\b"), "a server with --reload"),
    (re.compile(r"\bfastapi dev\b"), "fastapi dev"),
    (re.compile(r"\bphp\b(?: -\S+)* -S \S+"), "PHP's development server"),
    (re.compile(r"\bnode\b(?: [^ ]+)* --inspect(?:-brk)?(?:=| |$)"), "Node with its inspector"),
    (re.compile(r"-agentlib:jdwp=|-Xrunjdwp:"), "Java with a debugger's port"),
    (re.compile(r"\b(?:nodemon|ts-node-dev|webpack-dev-server|next dev|vite(?: dev)?(?: |$)|ng serve|react-scripts start)"), "a development server"),
    (re.compile(r"-m debugpy\b|\bdebugpy/adapter\b"), "a Python debugger's port"),
    (re.compile(r"\bdlv (?:debug|exec)\b"), "Go under a debugger"),
    (re.compile(r"-m http\.server\b|-m SimpleHTTPServer\b"), "Python's simple file server"),
)  # fmt: skip
_INSIDE_ONLY: Final = re.compile(r"--inspect(?:-brk)?=(?:127\.|localhost)|address=(?:127\.|localhost)")


def signs(environment: Mapping[str, str] | None, argv: Sequence[str]) -> list[str]:
    """What gives it away, in words; values are those of switches alone."""
    found = []
    for name, value in (environment or {}).items():
        word = value.strip().lower()
        if (name in _DEBUG and word in _TRUE) or word in _MODES.get(name, frozenset()):
            found.append(f"{name}={value.strip()[:20]}")
    command = " ".join(argv)[:2_000]
    found += [title for pattern, title in _COMMANDS if pattern.search(command) and not _INSIDE_ONLY.search(command)]
    return found


def sound(environment: Mapping[str, str] | None) -> list[str]:
    """Switches that say that it runs for real."""
    found = []
    for name, value in (environment or {}).items():
        word = value.strip().lower()
        if (name in _DEBUG and word in {"0", "false", "no", "off"}) or (
            name in _MODES and word in {"production", "prod", "release"}
        ):
            found.append(f"{name}={value.strip()[:20]}")
    return found
