"""A trace or a debugger's page never leaves: a problem of the same status takes its place."""

from __future__ import annotations

import functools

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts.reply import has_body, instead, media_of, plain_body
from ostiary.parts.traces import is_debugger, is_trace
from ostiary.strict import Strict

_PAGES = frozenset({b"text/html", b"application/xhtml+xml"})
_ERROR = 400
_BINARY = (b"image/", b"audio/", b"video/", b"font/")


class Settings(Strict, frozen=True):
    """``paths``: consoles, profilers and metrics that answer 404 unless the document declares them; a path and all below it."""

    paths: tuple[str, ...] = (
        "/console", "/actuator", "/_profiler", "/_debugbar", "/__debug__", "/_debug_toolbar", "/debug", "/telescope",
        "/_ignition", "/rails/info", "/rails/mailers", "/server-status", "/server-info", "/nginx_status", "/phpinfo.php",
        "/info.php", "/elmah.axd", "/trace.axd", "/h2-console", "/jolokia", "/heapdump", "/threaddump", "/metrics",
        "/_wdt", "/__clockwork", "/manage/env", "/env", "/silk", "/.env",
    )  # fmt: skip


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Inspect errors and pages; where nothing is declared, also keep the usual consoles shut."""
    for path in settings.paths:
        if not path.startswith("/") or path == "/":
            raise ConfigError("processing.debug-off paths", f"{path!r} is not a path", 'write "/metrics"')
    if operation.known_path:
        return _INSPECTING
    return _undeclared(frozenset(path.lower().rstrip("/") for path in settings.paths))


def _inspects(exchange: Exchange) -> bool:
    if exchange.status >= _ERROR:
        return has_body(exchange) and not media_of(exchange).startswith(_BINARY)
    return media_of(exchange) in _PAGES and has_body(exchange)


def _reply_body(exchange: Exchange) -> None:
    body = plain_body(exchange)
    if exchange.status >= _ERROR:
        if is_trace(body):
            raise instead(exchange, exchange.status)
    elif is_debugger(body):
        raise Denied(404, "")


_INSPECTING = Hooks(inspects=_inspects, reply_body=_reply_body)


@functools.lru_cache(maxsize=8)
def _undeclared(shut: frozenset[str]) -> Hooks:
    firsts = frozenset(path.split("/")[1] for path in shut)

    def head(exchange: Exchange) -> None:
        path = exchange.path.lower().rstrip("/")
        if path.split("/", 2)[1:2] and path.split("/", 2)[1] in firsts:
            at = len(path)
            while at > 0:
                if path[:at] in shut:
                    raise Denied(404, "")
                at = path.rfind("/", 0, at)

    return Hooks(head=head, inspects=_inspects, reply_body=_reply_body)
