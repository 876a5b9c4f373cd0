"""Operations of FastAPI and Starlette: what routers, applications and dependencies put before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ostiary.evidence.code import Call, Function, Route, Value
from ostiary.parts.code.python.guards import Guards, distinct
from ostiary.parts.code.python.handed import path_parameters
from ostiary.parts.code.python.linking import Reading

_MAKERS: Final = ("APIRouter", "FastAPI", "Starlette", "NinjaAPI")
_VERBS: Final = frozenset(["get", "post", "put", "patch", "delete", "head", "options", "websocket"])
_NO_GUARDS: Final = (
    "CORSMiddleware",
    "GZipMiddleware",
    "TrustedHostMiddleware",
    "HTTPSRedirectMiddleware",
    "ProxyHeadersMiddleware",
    "BrotliMiddleware",
    "SessionMiddleware",
    "SlowAPIMiddleware",
    "PrometheusMiddleware",
    "CorrelationIdMiddleware",
    "SentryAsgiMiddleware",
)
_DEEPEST: Final = 6


@dataclass(slots=True, eq=False)
class _Router:
    is_app: bool
    prefix: str = ""
    guards: list[str] = field(default_factory=list)
    open_end: bool = False
    parents: list[tuple[_Router, str, list[str], bool]] = field(default_factory=list)


class FastApi:
    """Finds operations.

    :param guards: what names guards.
    """

    def __init__(self, guards: Guards) -> None:
        self.guards = guards
        self._routers: dict[tuple[str, str], _Router] = {}
        self._loose = False  # routers are included that cannot be told
        readings = guards.links.readings
        for reading in readings:
            self._make(reading)
        for reading in readings:
            self._join(reading)

    def _make(self, reading: Reading) -> None:
        for assignment in reading.module.assignments:
            call = assignment.value.call
            if call is None or call.method not in _MAKERS or assignment.value.text.endswith("]"):
                continue
            prefix = call.argument(None, "prefix")
            names, is_open = self.guards.of_list(call.argument(None, "dependencies"), reading)
            auth = call.argument(None, "auth")  # django-ninja
            if auth is not None:
                names += self.guards.of_value(auth, reading)
            router = _Router(call.method != "APIRouter", _text(prefix), names, is_open)
            for each in _parts(call.argument(None, "middleware")):
                router.guards += _middleware(each.call.args[0] if each.call is not None and each.call.args else each)
            self._routers.setdefault((reading.path, assignment.name), router)

    def _join(self, reading: Reading) -> None:
        for call in reading.module.calls:
            if call.method in {"include_router", "mount", "add_router"}:
                self._include(call, reading)
            elif call.method == "add_middleware" and call.args:
                router = self.router(call.receiver, reading)
                if router is not None:
                    router.guards += _middleware(call.args[0])
        for function in reading.module.functions:
            for decorator in function.decorators:
                if decorator.method == "middleware":
                    router = self.router(decorator.receiver, reading)
                    if router is not None:
                        router.guards += [function.name, *self.guards.of_function(function)]

    def _include(self, call: Call, reading: Reading) -> None:
        is_mount = call.method in {"mount", "add_router"}
        parent = self.router(call.receiver, reading)
        given = call.argument(1, "app", "router") if is_mount else call.argument(0, "router")
        child = self.router(given, reading)
        if child is None or parent is None or child is parent:
            self._loose = self._loose or call.method == "include_router"
            return
        names, is_open = self.guards.of_list(call.argument(None, "dependencies"), reading)
        prefix = _text(call.argument(0, "path", "prefix") if is_mount else call.argument(None, "prefix"))
        child.parents.append((parent, prefix, names, is_open or call.spread))

    def router(self, value: Value | None, reading: Reading) -> _Router | None:
        """The router that a name stands for."""
        if value is None:
            return None
        written = getattr(value, "written", "")
        if (reading.path, written) in self._routers:
            return self._routers[reading.path, written]
        found = self.guards.links.find(value.name, reading) if value.name else None
        return self._routers.get((found[0].path, found[1])) if found is not None else None

    def routes(self, reading: Reading) -> Iterator[Route]:
        """Operations whose handlers stand in a module."""
        for function in reading.module.functions:
            for decorator in function.decorators:
                if decorator.method in _VERBS or decorator.method in {"api_route", "route"}:
                    router = self.router(decorator.receiver, reading)
                    if router is not None:
                        yield self._route(decorator, function, router, reading)
        for call in reading.module.calls:
            if call.method in {"add_api_route", "add_route", "Route"}:
                yield from self._added(call, reading)

    def _added(self, call: Call, reading: Reading) -> Iterator[Route]:
        router = self.router(call.receiver, reading) if call.method != "Route" else _Router(is_app=True, open_end=True)
        if router is None or (call.method == "Route" and not call.name.startswith("starlette.")):
            return
        endpoint = call.argument(1, "endpoint", "route")
        found = self.guards.function(endpoint.name, reading) if endpoint is not None and endpoint.name else None
        if found is not None:
            yield self._route(call, found[0], router, reading)

    def _route(self, call: Call, function: Function, router: _Router, reading: Reading) -> Route:
        path = call.argument(0, "path")
        names, is_open = self.guards.of_list(call.argument(None, "dependencies"), reading)
        auth = call.argument(None, "auth")
        if auth is not None:
            names += self.guards.of_value(auth, reading)
        names += self.guards.of_function(function)
        prefix, above, loose = self._above(router, 0)
        whole = prefix + (_text(path) if path is not None and path.known else path.text if path is not None else "")
        return Route(
            path=function.path,
            line=function.line,
            framework="starlette" if call.name.startswith("starlette.") else "fastapi",
            methods=_methods(call),
            route=whole,
            function=function,
            guards=distinct([*names, *above]),
            open_end=is_open or loose or call.spread,
            parameters=path_parameters(whole)[0],
            text=call.text,
        )

    def _above(self, router: _Router, depth: int) -> tuple[str, list[str], bool]:
        """Prefix and guards of a router and of those it is included in."""
        guards, is_open = list(router.guards), router.open_end
        prefix = router.prefix
        if router.parents and depth < _DEEPEST:
            parent, before, names, loose = router.parents[0]
            outer, above, open_above = self._above(parent, depth + 1)
            return outer + before + prefix, [*guards, *names, *above], is_open or loose or open_above
        return prefix, guards, is_open or not router.is_app


def _methods(call: Call) -> tuple[str, ...]:
    if call.method in _VERBS:
        return ("GET",) if call.method == "websocket" else (call.method.upper(),)
    given = call.argument(None, "methods")
    literal = given.literal if given is not None else None
    return tuple(str(each).upper() for each in literal) if isinstance(literal, (list, tuple)) else ("GET",)


def _text(value: Value | None) -> str:
    return value.literal if value is not None and isinstance(value.literal, str) else ""


def _parts(value: Value | None) -> Sequence[Value]:
    return value.parts if value is not None else ()


def _middleware(value: Value) -> list[str]:
    name = value.name or value.text
    return [] if name.endswith(_NO_GUARDS) else [name]
