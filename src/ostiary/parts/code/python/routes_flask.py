"""Operations of Flask, Quart, Sanic, aiohttp and Bottle: routes by decorators, blueprints, views and resources as classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Class, Function, Route, Value
from ostiary.parts.code.python.guards import Guards, distinct
from ostiary.parts.code.python.handed import path_parameters, route_of
from ostiary.parts.code.python.linking import Reading

_VERBS: Final = ("get", "post", "put", "patch", "delete", "head", "options")
_FRAMEWORKS: Final = ("flask", "quart", "sanic", "aiohttp", "bottle", "litestar", "falcon", "tornado")
_BEFORE: Final = frozenset(["before_request", "before_app_request", "on_request", "middleware", "hook"])


class Flask:
    """Finds operations.

    :param guards: what names guards.
    """

    def __init__(self, guards: Guards) -> None:
        self.guards = guards
        self._prefixes: dict[tuple[str, str], str] = {}  # of blueprints, by module and name
        self._before: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._everywhere: list[str] = []  # before every request of the application
        for reading in guards.links.readings:
            self._blueprints(reading)
        for reading in guards.links.readings:
            self._registered(reading)
            self._asked_before(reading)

    def _key(self, value: Value | None, reading: Reading) -> tuple[str, str]:
        if value is None:
            return ("", "")
        found = self.guards.links.find(value.name, reading) if value.name else None
        return (found[0].path, found[1]) if found is not None else (reading.path, getattr(value, "written", ""))

    def _blueprints(self, reading: Reading) -> None:
        for each in reading.module.assignments:
            call = each.value.call
            if call is not None and call.method in {"Blueprint", "Namespace"}:
                prefix = call.argument(None, "url_prefix", "path")
                self._prefixes.setdefault((reading.path, each.name), _text(prefix))

    def _registered(self, reading: Reading) -> None:
        for call in reading.module.calls:
            if call.method in {"register_blueprint", "add_namespace", "blueprint"} and call.args:
                key = self._key(call.args[0], reading)
                prefix = call.argument(None if call.method == "register_blueprint" else 1, "url_prefix", "path")
                if prefix is not None and prefix.known:
                    self._prefixes[key] = _text(prefix)

    def _asked_before(self, reading: Reading) -> None:
        for function in reading.module.functions:
            for decorator in function.decorators:
                if decorator.method in _BEFORE:
                    self._add(decorator, decorator.receiver, function, reading)
        for call in reading.module.calls:
            if call.method in {"before_request", "before_app_request"} and call.args and call.args[0].name:
                found = self.guards.function(call.args[0].name, reading)
                if found is not None:
                    self._add(call, call.receiver, found[0], reading)

    def _add(self, call: Call, receiver: Value | None, function: Function, reading: Reading) -> None:
        names = [function.name, *self.guards.of_function(function)]
        key = self._key(receiver, reading)
        if key in self._prefixes and call.method != "before_app_request":
            self._before[key] += names
        else:
            self._everywhere += names

    def routes(self, reading: Reading) -> Iterator[Route]:
        """Operations whose handlers stand in a module."""
        for function in reading.module.functions:
            for decorator in function.decorators:
                used = _framework(decorator, reading) if route_of(decorator) is not None else ""
                if used:
                    yield self._route(decorator, function, reading, used)
        for owner in reading.module.classes:
            for decorator in owner.decorators:
                if decorator.method == "route" and decorator.args and _framework(decorator, reading):
                    yield from self._of_class(decorator, decorator.args[0], owner, reading)
        for call in reading.module.calls:
            if call.method == "add_url_rule":
                yield from self._added(call, reading)
            elif call.method == "add_resource" and len(call.args) > 1 and call.args[0].name:
                yield from self._resource(call, reading)

    def _added(self, call: Call, reading: Reading) -> Iterator[Route]:
        view = call.argument(2, "view_func")
        if view is None:
            return
        found = self.guards.function(view.name, reading) if view.name else None
        if found is not None:
            yield self._route(call, found[0], reading, "flask")
        elif view.call is not None and view.call.method == "as_view":
            owner = self._class(view.call.name.removesuffix(".as_view"), reading)
            if owner is not None:
                yield from self._of_class(call, call.args[0], owner, reading)

    def _resource(self, call: Call, reading: Reading) -> Iterator[Route]:
        owner = self._class(call.args[0].name, reading)
        if owner is not None:
            yield from self._of_class(call, call.args[1], owner, reading)

    def _class(self, name: str, reading: Reading) -> Class | None:
        found = self.guards.links.find(name, reading) if self.guards.links.is_inside(name) else None
        module, wanted = (found[0].module, found[1]) if found is not None else (reading.module, name)
        return next((each for each in module.classes if each.name == wanted), None)

    def _of_class(self, call: Call, path: Value, owner: Class, reading: Reading) -> Iterator[Route]:
        there = self.guards.reading_of[owner.path]
        names = [each.name for each in owner.decorators if each is not call]
        for each in there.module.assignments:
            if each.owner is owner and each.last in {"decorators", "method_decorators"}:
                names += self.guards.of_list(each.value, there)[0]
        for function in there.module.functions:
            if function.owner is owner and function.name in _VERBS:
                yield self._made(
                    call,
                    function,
                    path,
                    (function.name.upper(),),
                    [*names, *self.guards.of_function(function)],
                    reading,
                )

    def _route(self, call: Call, function: Function, reading: Reading, used: str) -> Route:
        path = call.argument(0, "path", "rule", "uri")
        methods = _methods(call)
        return self._made(call, function, path, methods, list(self.guards.of_function(function)), reading, used)

    def _made(  # noqa: PLR0917 - what makes a route
        self,
        call: Call,
        function: Function,
        path: Value | None,
        methods: tuple[str, ...],
        names: list[str],
        reading: Reading,
        used: str = "flask",
    ) -> Route:
        key = self._key(call.receiver, reading)
        whole = self._prefixes.get(key, "") + (
            _text(path) or (path.text if path is not None and not path.known else "")
        )
        return Route(
            path=function.path,
            line=function.line,
            framework=used,
            methods=methods,
            route=whole,
            function=function,
            guards=distinct([*names, *self._before.get(key, ()), *self._everywhere]),
            open_end=call.spread,
            parameters=path_parameters(whole)[0],
            text=call.text,
        )


def _framework(call: Call, reading: Reading) -> str:
    """The framework that a decorator is of, by its name or by what its module imports; empty: none of these."""
    if call.name.startswith(("fastapi.", "starlette.", "ninja.")):
        return ""
    for name in (call.name, *reading.module.imports):
        for each in _FRAMEWORKS:
            if name.startswith(each):
                return each
    return ""


def _methods(call: Call) -> tuple[str, ...]:
    if call.method in _VERBS:
        return (call.method.upper(),)
    given = call.argument(None, "methods", "method")
    literal = given.literal if given is not None else None
    if isinstance(literal, str):
        return (literal.upper(),)
    return tuple(str(each).upper() for each in literal) if isinstance(literal, (list, tuple)) else ("GET",)


def _text(value: Value | None) -> str:
    return value.literal if value is not None and isinstance(value.literal, str) else ""
