"""Operations that annotations declare: NestJS, Spring, JAX-RS, Micronaut, Symfony."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ostiary.evidence.code import Call, Function, Route, Value
from ostiary.parts.code.foreign.reading import Reader
from ostiary.parts.code.foreign.routes.paths import holes, under

_METHODS: Final = {
    **{f"{each}Mapping": each.upper() for each in ("Get", "Post", "Put", "Patch", "Delete")},
    **{each: each.upper() for each in ("Get", "Post", "Put", "Patch", "Delete", "Head", "Options")},
    **{each: each for each in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")},
    "All": "*",
    "RequestMapping": "*",
    "Route": "*",
}
_CONTROLLERS: Final = frozenset(
    {"Controller", "RestController", "RequestMapping", "Path", "Route", "RepositoryRestController"}
)
_NO_GUARDS: Final = frozenset(
    {"Controller", "RestController", "RequestMapping", "Path", "Route", "Override", "ResponseBody", "ResponseStatus"}
    | {
        "HttpCode",
        "Header",
        "ApiOperation",
        "Operation",
        "Tag",
        "ApiTags",
        "CrossOrigin",
        "Validated",
        "Slf4j",
        "Transactional",
    }
    | {
        "RequiredArgsConstructor",
        "AllArgsConstructor",
        "SuppressWarnings",
        "Produces",
        "Consumes",
        "Autowired",
        "Deprecated",
    }
    | {"ApiResponse", "ApiResponses", "ApiOkResponse", "ApiCreatedResponse", "ApiParam", "ApiBody", "ApiQuery", "Api"}
)


def annotated(reader: Reader) -> Iterator[Route]:
    """The operations that methods with annotations are, in classes that are marked as serving."""
    owners = {each.name: each for each in reader.classes}
    for function in reader.functions:
        owner = function.owner
        held = owners.get(owner.name, owner) if owner is not None else None
        marks = held.decorators if held is not None else ()
        if not any(each.method in _CONTROLLERS for each in marks) and not _is_symfony(function):
            continue
        for mark in function.decorators:
            if mark.method in _METHODS:
                yield _made(function, marks, mark)


def _is_symfony(function: Function) -> bool:
    return any(each.name.endswith("Attribute.Route") for each in function.decorators)


def _made(function: Function, marks: Sequence[Call], mark: Call) -> Route:
    prefix = next((_path(each) for each in marks if each.method in _CONTROLLERS and _path(each)), "")
    path = _path(mark) or next((_path(each) for each in function.decorators if each.method == "Path"), "")
    method = _METHODS[mark.method]
    spoken = mark.argument(None, "method", "methods")
    methods = _spoken(spoken) if method == "*" and spoken is not None else (method,)
    full = "/" + under(prefix, path).lstrip("/")
    return Route(
        path=function.path,
        line=mark.line,
        language=function.language,
        framework=_framework(marks, mark),
        methods=methods,
        route=full,
        function=function,
        guards=tuple(dict.fromkeys(_guards([*marks, *function.decorators]))),
        open_end=True,  # filters, global guards and security configuration stand elsewhere
        parameters=holes(full),
        text=mark.text,
    )


def _framework(marks: Sequence[Call], mark: Call) -> str:
    if "nestjs" in mark.name:
        return "nestjs"
    if any(each.method in {"RestController", "RequestMapping"} for each in marks) or mark.method.endswith("Mapping"):
        return "spring"
    if mark.method.isupper():
        return "jax-rs"
    return "symfony" if mark.method == "Route" else "nestjs" if mark.language.value == "javascript" else "micronaut"


def _path(mark: Call) -> str:
    given = mark.argument(0, "value", "path")
    if given is None:
        return ""
    first = given.literal[0] if isinstance(given.literal, list) and given.literal else given.literal
    return first if isinstance(first, str) else ""


def _spoken(value: Value) -> tuple[str, ...]:
    each = value.parts or (value,)
    return tuple(str(one.literal) if one.known else one.name.rpartition(".")[2] for one in each)


def _guards(marks: Sequence[Call]) -> Iterator[str]:
    for mark in marks:
        if mark.method in _NO_GUARDS or mark.method in _METHODS:
            continue
        yield mark.name
        if mark.method == "UseGuards":
            yield from (each.call.name if each.call is not None else each.name for each in mark.args)
