"""Debug modes, reloaders and traces in code and in the files that production starts from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.controls.processing.debug_off.started import started
from ostiary.evidence.code import Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity
from ostiary.parts.code.diagnostics import debug_calls, debug_settings, is_for_development, reloaders, traces
from ostiary.parts.code.judging import Fault, judged

_SERVERS: Final = re.compile(r"(?i)\b(?:gunicorn|uwsgi|waitress|hypercorn|uvicorn|mod_wsgi|daphne|granian|cheroot)\b")
_ASKS: Final = re.compile(
    r"(?i)development|NODE_ENV|APP_ENV|RAILS_ENV|isDev|is_dev|\benv\b|process\.env|environ|getenv|isProduction|!\s*prod"
)
_TAKEN: Final = re.compile(r"\bdelete\s+\w+(?:\.stack\b|\[['\"]stack)|\.stack\s*=\s*(?:undefined|null|['\"]{2})")
_ABOVE: Final = 12  # lines, in which a trace is taken out of a reply
_IF: Final = re.compile(r"\b(?:if|elif|else|unless|when|case|switch)\b|[?]|&&|\|\|")
_NEAR: Final = 4  # lines above, in which a condition on the environment stands


async def audit_source(tree: Tree) -> Finding:
    """Look at what switches diagnostics on where production runs."""
    other_server = _other_server(tree)
    faults: list[Fault] = []
    for call in debug_calls(tree.code):
        sure = Confidence.TENTATIVE if other_server and call.method in {"run", "run_server"} else Confidence.FIRM
        faults.append(Fault(call, "an application is started or made in debug mode", sure))
    faults += [Fault(each, "debug mode is a constant of the settings") for each in debug_settings(tree.code)]
    sure = Confidence.TENTATIVE if other_server else Confidence.FIRM
    faults += [
        Fault(each, "the server reloads code while it serves", sure, Severity.LOW) for each in reloaders(tree.code)
    ]
    faults += [
        Fault(each, "a reply carries the trace of an error")
        for each in traces(tree.code)
        if not _is_taken_out(tree, each)
    ]
    faults = [each for each in faults if not _is_conditional(tree, each.spot)]
    faults += started(tree)
    return judged(
        tree,
        faults,
        sound=list(_off(tree)),
        holds="debug mode is off or comes from the environment",
        nothing="switch of a debug mode",
        proof="Errors then show code, settings and variables to whoever causes them; some consoles run what is typed in.",
    )


def _is_conditional(tree: Tree, spot: Spot) -> bool:
    """Whether the file is for development, or a line right above asks which environment this is."""
    if is_for_development(spot.path):
        return True
    lines = [tree.line(spot.path, number) for number in range(max(1, spot.line - _NEAR), spot.line + 1)]
    return any(_ASKS.search(each) and (at == len(lines) or _IF.search(each)) for at, each in enumerate(lines, 1))


def _is_taken_out(tree: Tree, spot: Spot) -> bool:
    """Whether a line above takes the trace out of the reply again."""
    lines = [tree.line(spot.path, number) for number in range(max(1, spot.line - _ABOVE), spot.line)]
    return any(_TAKEN.search(each) for each in lines)


def _other_server(tree: Tree) -> bool:
    """Whether production is started by a server of its own, so that what the main module runs is for development."""
    files = tree.named(
        "Dockerfile*",
        "*.dockerfile",
        "Procfile",
        "*.service",
        "docker-compose*.y*ml",
        "compose*.y*ml",
        "requirements*.txt",
    )
    files = [*files, *tree.named("pyproject.toml", "Pipfile", "entrypoint*", "start*.sh", "app.yaml")]
    return any(_SERVERS.search(tree.text(each)[:200_000]) for each in files[:50])


def _off(tree: Tree) -> Iterator[Spot]:
    for each in tree.code.assignments("DEBUG", ".DEBUG", ".debug"):
        if each.value.literal is False or (not each.value.known and _ASKS.search(each.value.text)):
            yield each
    for call in tree.code.calls("flask.Flask().run", "fastapi.FastAPI", "*app.run", "*gin.SetMode"):
        debug = call.keywords.get("debug")
        if (debug is not None and debug.literal is not True) or call.method == "SetMode":
            yield call
