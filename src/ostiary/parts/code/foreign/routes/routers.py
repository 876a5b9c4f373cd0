"""Routers that are told by calls: Express, Koa, Fastify, Hono; Gin, Echo, Chi, Fiber, Gorilla and Go's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ostiary.evidence.code import Call, Function, Language, Route, Value
from ostiary.parts.code.foreign.reading import Reader
from ostiary.parts.code.foreign.routes.paths import holes, under

_VERBS: Final = frozenset(
    {"get", "post", "put", "patch", "delete", "del", "head", "options", "all", "any", "handle", "handlefunc"}
)
_USES: Final = frozenset({"use", "Use", "addHook", "all", "register"})
_GROUPS: Final = frozenset({"Group", "With", "route", "Route", "PathPrefix", "Subrouter", "basePath", "prefix"})
_ROUTER: Final = re.compile(
    r"^(?:express(?:\.Router)?|fastify|koa|koa-router|@koa/router|hono\.Hono|restify\.createServer|polka|router|find-my-way|"
    r"express-promise-router|github\.com/(?:gin-gonic|labstack|go-chi|gofiber|gorilla/mux|julienschmidt)\b.*|net/http)\b"
)
_CALLED: Final = re.compile(r"(?:^|\.)(?:app|server|api|fastify|r|e|mux|\w*[rR]oute[rs]?|v\d|group|g)$")
_APPS: Final = re.compile(r"^(?:express|fastify|koa|polka|restify\.createServer|hono\.Hono)\b(?!\.Router)")
_HOOKS: Final = ("preHandler", "onRequest", "preValidation", "preParsing", "beforeHandler", "middleware")
_FRAMEWORKS: Final = (
    ("fastify", "fastify"),
    ("koa", "koa"),
    ("hono", "hono"),
    ("restify", "restify"),
    ("gin-gonic", "gin"),
    ("labstack", "echo"),
    ("go-chi", "chi"),
    ("gofiber", "fiber"),
    ("gorilla", "gorilla"),
    ("net/http", "net/http"),
)


@dataclass(slots=True)
class _Group:
    prefix: str = ""
    guards: list[str] = field(default_factory=list)
    open_end: bool = False


def routers(reader: Reader) -> Iterator[Route]:
    """The operations that calls of a router declare."""
    if not any(_ROUTER.match(name) for name in reader.imports) and not _takes_router(reader):
        return
    finder = _Finder(reader)
    for call in sorted(reader.calls, key=lambda each: each.line):
        finder.note_use(call)
        yield from finder.route(call)


def _takes_router(reader: Reader) -> bool:
    """Whether a function of the file is given a router (``module.exports = (app) => ...``)."""
    return any({"app", "router", "fastify", "server"} & set(each.parameters) for each in reader.functions)


class _Finder:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.go = reader.grammar.language is Language.GO
        self.uses: dict[str, list[tuple[int, str, list[str]]]] = {}  # receiver -> line, path, names
        self.mounts: dict[str, Call] = {
            value.name: call
            for call in reader.calls
            if call.method == "use" and call.receiver is not None and _APPS.match(call.name)
            for value in call.args
            if value.name
        }
        self.framework = next(
            (title for part, title in _FRAMEWORKS if any(part in name for name in reader.imports)),
            "net/http" if self.go else "express",
        )

    def note_use(self, call: Call) -> None:
        if call.method not in _USES or call.receiver is None:
            return
        given = list(call.args)
        path = given[0].literal if given and isinstance(given[0].literal, str) else ""
        names = list(names_of(given))
        if call.method == "all" and path not in {"*", "/*"}:
            return
        self.uses.setdefault(call.receiver.name, []).append((call.line, str(path).rstrip("*"), names))

    def group(self, value: Value | None, line: int, deep: int = 0) -> _Group:
        """The prefix and guards that a router brings."""
        if value is None or deep > 8:  # noqa: PLR2004 - groups within groups
            return _Group(open_end=True)
        made = value.call
        if made is not None and made.method in _VERBS and not value.name:  # router.route("/x").get(...).post(...)
            return self.group(made.receiver, line, deep + 1)
        if made is not None and made.method in _GROUPS:
            group = self.group(made.receiver, line, deep + 1)
            prefix = next((str(each.literal) for each in made.args if isinstance(each.literal, str)), "")
            group = _Group(under(group.prefix, prefix), [*group.guards, *names_of(made.args)], group.open_end)
        else:
            group = _Group(open_end=self._is_open(value))
            mount = None if self.go else self.mounts.get(value.name)
            if mount is not None and value.name != _root(mount):
                group.prefix = next((str(each.literal) for each in mount.args if isinstance(each.literal, str)), "")
                group.guards += [each for each in names_of(mount.args) if each != names_of_one(value)]
                group.guards += [
                    each for _, path, names in self.uses.get(_root(mount), []) if not path.strip("/") for each in names
                ]
        if value.name:
            for _, path, names in self.uses.get(value.name, []):
                if not path.strip("/"):
                    group.guards += names
        return group

    def _is_open(self, value: Value) -> bool:
        if value.call is None:
            return True
        if self.go:
            return bool(value.parameters)
        return not (_APPS.match(value.call.name) or value.name in self.mounts)

    def route(self, call: Call) -> Iterator[Route]:
        method, given = call.method, list(call.args)
        if call.receiver is None:
            return
        if method == "route" and "url" in call.keywords:
            yield from self._fastify(call)
            return
        if method.lower() not in _VERBS or (self.go and not method[0].isupper()):
            return
        router: Value | None = call.receiver
        path, handlers = self._path(call, given)
        if path is None or not handlers or not self._is_router(call, path):
            return
        group = self.group(router, call.line)
        yield self._made(call, group, self._methods(call), path, handlers)

    def _path(self, call: Call, given: list[Value]) -> tuple[str | None, list[Value]]:
        made = call.receiver.call if call.receiver is not None else None
        if given and isinstance(given[0].literal, str):
            return given[0].literal, given[1:]
        for _ in range(12):  # router.route("/x").get(...).post(...)
            if made is None:
                break
            if made.method == "route" and made.args and isinstance(made.args[0].literal, str):
                return "", given
            made = made.receiver.call if made.receiver is not None and made.method.lower() in _VERBS else None
        return None, given

    def _is_router(self, call: Call, path: str) -> bool:
        receiver = call.receiver
        if receiver is None or (path and not path.startswith(("/", "*", ":", "{", "(")) and not self.go):
            return False
        owner = call.name.rpartition(".")[0]
        return (
            _ROUTER.match(owner) is not None or _CALLED.search(receiver.name or receiver.text) is not None or not path
        )

    def _methods(self, call: Call) -> tuple[str, ...]:
        method = call.method.upper()
        if method in {"HANDLE", "HANDLEFUNC", "ALL", "ANY"}:
            spoken = re.match(r"([A-Z]+) /", str(call.args[0].literal)) if call.args else None
            if spoken:
                return (spoken.group(1),)
            later = (each for each in self.reader.calls if each.receiver is not None and each.receiver.call is call)
            said = next((each for each in later if each.method == "Methods"), None)
            return tuple(str(each.literal) for each in said.args if each.known) if said is not None else ("*",)
        return ("DELETE" if method == "DEL" else method,)

    def _made(self, call: Call, group: _Group, methods: tuple[str, ...], path: str, handlers: Sequence[Value]) -> Route:
        echo = self.go and self.framework == "echo"
        handler, between = (handlers[0], handlers[1:]) if echo else (handlers[-1], handlers[:-1])
        guards = [*group.guards, *names_of(between)]
        guards += [
            name for each in between for hook in _HOOKS if hook in each.pairs for name in names_of([each.pairs[hook]])
        ]
        full = re.sub(r"^[A-Z]+ ", "", under(group.prefix, path))
        guards += [
            name
            for line, start, names in self.uses.get(_root(call), [])
            if start.strip("/") and full.startswith(start)
            for name in names
        ]
        if handler.call is not None and handler.call.args:  # protect(handler)
            guards.append(handler.call.name)
        return Route(
            path=call.path,
            line=call.line,
            language=call.language,
            framework=self.framework,
            methods=methods,
            route=full,
            function=self._function(handler),
            guards=tuple(dict.fromkeys(guards)),
            open_end=group.open_end or any(each.spread for each in (call,)) or any(not name for name in guards),
            parameters=holes(full),
            text=call.text,
        )

    def _function(self, handler: Value) -> Function | None:
        found = self.reader.handlers.get(id(handler))
        if found is not None:
            return found
        last = handler.name.rpartition(".")[2]
        return next((each for each in self.reader.functions if last and each.name == last), None)

    def _fastify(self, call: Call) -> Iterator[Route]:
        given = call.keywords
        path, method = given["url"].literal, given.get("method")
        if not isinstance(path, str) or method is None:
            return
        methods = method.literal if isinstance(method.literal, list) else [method.literal]
        group = self.group(call.receiver, call.line)
        between = [given[hook] for hook in _HOOKS if hook in given]
        handler = given.get("handler", Value())
        yield self._made(call, group, tuple(str(each) for each in methods), path, [*between, handler])


def names_of_one(value: Value) -> str:
    """The name of one middleware."""
    return next(names_of([value]), "")


def _root(call: Call) -> str:
    return call.receiver.name if call.receiver is not None else ""


def names_of(values: Iterable[Value]) -> Iterator[str]:
    """The names of middleware among arguments: what is called or passed, also in lists."""
    for value in values:
        if value.known and not isinstance(value.literal, list):
            continue
        if value.parts and not value.built:
            yield from names_of(value.parts)
        elif value.call is not None:
            yield value.call.name
            yield from (str(each.literal) for each in value.call.args if isinstance(each.literal, str))
        elif value.name:
            yield value.name
