"""Operations of Django and its REST framework: patterns of URLs, views, mixins, permissions and their defaults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Class, Function, Route, Value
from ostiary.parts.code.python.guards import Guards, distinct
from ostiary.parts.code.python.handed import path_parameters
from ostiary.parts.code.python.linking import Reading

_PATTERNS: Final = frozenset(["path", "re_path", "url"])
_VERBS: Final = ("get", "post", "put", "patch", "delete")
_FRAMEWORK: Final = ("django.", "rest_framework.", "object", "ABC")
_ACTIONS: Final = {
    "ModelViewSet": ("GET", "POST", "PUT", "PATCH", "DELETE"),
    "ReadOnlyModelViewSet": ("GET",),
    "ListAPIView": ("GET",),
    "RetrieveAPIView": ("GET",),
    "CreateAPIView": ("POST",),
    "ListCreateAPIView": ("GET", "POST"),
    "DestroyAPIView": ("DELETE",),
    "UpdateAPIView": ("PUT", "PATCH"),
    "RetrieveUpdateAPIView": ("GET", "PUT", "PATCH"),
    "RetrieveDestroyAPIView": ("GET", "DELETE"),
    "RetrieveUpdateDestroyAPIView": ("GET", "PUT", "PATCH", "DELETE"),
    "ListModelMixin": ("GET",),
    "RetrieveModelMixin": ("GET",),
    "CreateModelMixin": ("POST",),
    "UpdateModelMixin": ("PUT", "PATCH"),
    "DestroyModelMixin": ("DELETE",),
    "TemplateView": ("GET",),
    "ListView": ("GET",),
    "DetailView": ("GET",),
    "CreateView": ("GET", "POST"),
    "UpdateView": ("GET", "POST"),
    "DeleteView": ("GET", "POST"),
    "FormView": ("GET", "POST"),
    "ObtainAuthToken": ("POST",),
}
_DEEPEST: Final = 5
_AUTHENTICATING: Final = ("auth", "login", "token", "jwt", "permission")
_STANDARD: Final = (
    "django.contrib.auth.middleware.AuthenticationMiddleware",  # says who calls, and lets everybody pass
    "django.contrib.auth.middleware.RemoteUserMiddleware",
)


class Django:
    """Finds operations.

    :param guards: what names guards.
    """

    def __init__(self, guards: Guards) -> None:
        self.guards = guards
        self._classes = {
            (reading.path, each.name): each for reading in guards.links.readings for each in reading.module.classes
        }
        self._prefixes: dict[str, str] = {}  # module of URLs -> where it is included
        self._defaults: list[str] = []  # of the REST framework
        self._everywhere: list[str] = []
        self._open = False
        for reading in guards.links.readings:
            self._settings(reading)
            self._includes(reading)

    def _settings(self, reading: Reading) -> None:
        for each in reading.module.assignments:
            if each.name == "REST_FRAMEWORK.DEFAULT_PERMISSION_CLASSES":
                literal = each.value.literal
                given = [str(one) for one in literal] if isinstance(literal, (list, tuple)) else []
                self._defaults += [one for one in given if not one.endswith("AllowAny")]
                self._open = self._open or not given
            elif each.name in {"MIDDLEWARE", "MIDDLEWARE_CLASSES"}:
                literal = each.value.literal
                for one in literal if isinstance(literal, (list, tuple)) else ():
                    if str(one) not in _STANDARD and any(word in str(one).lower() for word in _AUTHENTICATING):
                        self._everywhere.append(str(one))

    def _includes(self, reading: Reading) -> None:
        for call in reading.module.calls:
            if call.method in _PATTERNS and len(call.args) > 1 and call.args[1].call is not None:
                inner = call.args[1].call
                if inner.method == "include" and inner.args and isinstance(inner.args[0].literal, str):
                    found = self.guards.links.find(f"{inner.args[0].literal}.urlpatterns", reading)
                    if found is not None:
                        self._prefixes.setdefault(found[0].path, _text(call.args[0]))

    def routes(self, reading: Reading) -> Iterator[Route]:
        """Operations that a module of URLs declares."""
        if not any(each.startswith(("django", "rest_framework")) for each in reading.module.imports):
            return
        prefix = self._prefixes.get(reading.path, "")
        for call in reading.module.calls:
            if call.method in _PATTERNS and call.name.startswith("django.") and len(call.args) > 1:
                yield from self._pattern(call, call.args[1], prefix, reading)
            elif call.method == "register" and "Router()" in call.name and len(call.args) > 1 and call.args[1].name:
                yield from self._viewset(call, prefix, reading)

    def _pattern(self, call: Call, view: Value, prefix: str, reading: Reading) -> Iterator[Route]:
        extra: list[str] = []
        inner = view.call
        while inner is not None and inner.method != "as_view" and inner.args and inner.method != "include":
            extra.append(inner.name)  # `login_required(View.as_view())`
            view = inner.args[0]
            inner = view.call
        if inner is not None and inner.method == "as_view":
            found = self._class(inner.name.removesuffix(".as_view"), reading)
            if found is not None:
                yield from self._of_class(call, found, prefix, extra, _actions(inner))
        elif view.name:
            function = self.guards.function(view.name, reading)
            if function is not None:
                yield self._of_function(call, function[0], prefix, extra)

    def _viewset(self, call: Call, prefix: str, reading: Reading) -> Iterator[Route]:
        found = self._class(call.args[1].name, reading)
        if found is not None:
            yield from self._of_class(call, found, prefix, [], ())

    def _class(self, name: str, reading: Reading) -> Class | None:
        here = self._classes.get((reading.path, name))
        if here is not None:
            return here
        found = self.guards.links.find(name, reading) if self.guards.links.is_inside(name) else None
        return self._classes.get((found[0].path, found[1])) if found is not None else None

    def _of_function(self, call: Call, function: Function, prefix: str, extra: list[str]) -> Route:
        decorators = {each.method: each for each in function.decorators}
        view = decorators.get("api_view")
        literal = view.args[0].literal if view is not None and view.args else None
        methods = tuple(map(str, literal)) if isinstance(literal, (list, tuple)) else _by_decorators(decorators)
        names = [*extra, *self.guards.of_function(function)]
        is_open = False
        if view is not None:
            given = decorators.get("permission_classes")
            if given is None:
                names += self._defaults
                is_open = self._open
            else:
                names = [each for each in names if not each.endswith("permission_classes")]
                listed = self.guards.of_list(
                    given.args[0] if given.args else None, self.guards.reading_of[function.path]
                )
                names += [each for each in listed[0] if not each.endswith("AllowAny")]
        return self._made(
            call, function.path, function.line, function, methods, prefix, names, is_open, "drf" if view else "django"
        )

    def _of_class(
        self, call: Call, owner: Class, prefix: str, extra: list[str], actions: tuple[str, ...]
    ) -> Iterator[Route]:
        names, methods, is_open, is_rest = self._about(owner, 0)
        own = [each for each in self.guards.reading_of[owner.path].module.functions if each.owner is owner]
        handlers = [each for each in own if each.name in _VERBS]
        names = [*extra, *names]
        for each in own:
            if each.name in {
                "dispatch",
                "get_permissions",
                "check_permissions",
                "initial",
                "test_func",
                "get_queryset",
            }:
                names += self.guards.of_function(each)
                is_open = is_open or each.name in {"get_permissions", "check_permissions", "dispatch"}
        framework = "drf" if is_rest else "django"
        for each in handlers:
            every = [*names, *self.guards.of_function(each)]
            yield self._made(call, each.path, each.line, each, (each.name.upper(),), prefix, every, is_open, framework)
        if not handlers:
            yield self._made(
                call, owner.path, owner.line, None, actions or methods or ("GET",), prefix, names, is_open, framework
            )

    def _about(self, owner: Class, depth: int) -> tuple[list[str], tuple[str, ...], bool, bool]:
        """Guards, methods, whether something is open, and whether it is of the REST framework."""
        reading = self.guards.reading_of[owner.path]
        names = [each.name for each in owner.decorators] + [
            one.name for each in owner.decorators for one in each.args if one.name
        ]
        given = next(
            (
                each.value
                for each in reading.module.assignments
                if each.owner is owner and each.last == "permission_classes"
            ),
            None,
        )
        methods: tuple[str, ...] = ()
        is_open = is_rest = False
        for base in owner.bases:
            last = base.rpartition(".")[2]
            methods += _ACTIONS.get(last, ())
            is_rest = is_rest or base.startswith("rest_framework.")
            inherited = self._class(base, reading) if depth < _DEEPEST else None
            if inherited is not None:
                above, more, loose, rest = self._about(inherited, depth + 1)
                names += above if given is None else [each for each in above if "ermission" not in each]
                methods, is_open, is_rest = methods + more, is_open or loose, is_rest or rest
            elif not base.startswith(_FRAMEWORK) or "Mixin" in last:
                names.append(base)
                is_open = is_open or not base.startswith(_FRAMEWORK)
        if given is not None:
            listed, loose = self.guards.of_list(given, reading)
            names += [each for each in listed if not each.endswith("AllowAny")]
            is_open = is_open or loose
        elif is_rest and depth == 0:
            names += self._defaults
            is_open = is_open or self._open
        return names, tuple(dict.fromkeys(methods)), is_open, is_rest

    def _made(  # noqa: PLR0917 - what makes a route
        self,
        call: Call,
        path: str,
        line: int,
        function: Function | None,
        methods: tuple[str, ...],
        prefix: str,
        names: list[str],
        is_open: bool,  # noqa: FBT001 - as it was found
        framework: str,
    ) -> Route:
        whole = "/" + (prefix + _text(call.args[0])).replace("^", "").replace("$", "").lstrip("/")
        return Route(
            path=path,
            line=line,
            framework=framework,
            methods=methods,
            route=whole,
            function=function,
            guards=distinct([*names, *self._everywhere]),
            open_end=is_open or call.spread,
            parameters=path_parameters(whole)[0],
            text=call.text,
        )


def _actions(call: Call) -> tuple[str, ...]:
    """Methods of ``ViewSet.as_view({"get": "list"})``."""
    return tuple(each.upper() for each in call.args[0].pairs if each in _VERBS) if call.args else ()


def _by_decorators(decorators: dict[str, Call]) -> tuple[str, ...]:
    if "require_POST" in decorators:
        return ("POST",)
    if "require_GET" in decorators or "require_safe" in decorators:
        return ("GET",)
    given = decorators.get("require_http_methods")
    literal = given.args[0].literal if given is not None and given.args else None
    return tuple(map(str, literal)) if isinstance(literal, (list, tuple)) else ("GET", "POST")


def _text(value: Value | None) -> str:
    return value.literal if value is not None and isinstance(value.literal, str) else ""
