"""What may stand guard before an operation: dependencies and what they depend on, decorators, checks in the body."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from ostiary.evidence.code import Call, Function, Value
from ostiary.parts.code.python.annotations import INJECTING
from ostiary.parts.code.python.linking import Links, Reading

_DEEPEST: Final = 5
_CHECKING: Final = re.compile(
    r"(?i)auth|login|jwt|token|permission|current_?user|credential|identity|api_?key|signature|verif|require|role|admin|\bacl|guard|protect|ensure|allowed"
)
_MAKING: Final = re.compile(
    r"(?i)create|generat|make|encode|issue|send|refresh|login_user|log_?out|regist|hash|revok|delete|save|set_|store|filter|unset|authenticate$|require_?(?:GET|POST|http|safe)"
)
_ASKED: Final = re.compile(
    r"\b(current_user|g\.(?:current_)?user\w*|(?:self\.)?request\.(?:user|auth|identity)\b|request\.state\.\w*user\w*|(?:request\.)?session)\b(?!\s*\[[^\]]*\]\s*=[^=])(?=\s*(?:\[|\.|:|\)|,|$|\s(?:is|not|and|or|in|if|==|!=)))",
    re.MULTILINE,
)
_SEEN_BY_NAME: Final = re.compile(r"(?:Optional\[)?([A-Za-z_][\w.]*)(?:\])?(?:\s*\|\s*None)?")
# Decorators that say nothing of who calls.
_NEUTRAL: Final = re.compile(
    r"(?i)(?:^|\.)(?:route|get|post|put|patch|delete|head|options|cross_origin|cached?|cache_page|memoize|limit|exempt|wraps|staticmethod|classmethod|property|"
    r"swag_from|doc|docs|response|expect|marshal_with|marshal_list_with|use_kwargs|use_args|arguments|action|api_view|csrf_exempt|never_cache|require_http_methods|"
    r"require_GET|require_POST|require_safe|transaction\.atomic|atomic|extend_schema|schema|swagger_auto_schema|abstractmethod|override|inject|ratelimit|sensitive_post_parameters|"
    r"parser_classes|renderer_classes|throttle_classes|websocket|middleware|on_event|errorhandler|before_request|before_app_request|on_request|exception_handler|template|jinja2?|aiohttp_jinja2|gzip_page|vary_on_\w+|csrf_protect|ensure_csrf_cookie|xframe_options_\w+)(?:\(\))?$"
)


class Guards:
    """Names guards.

    :param links: all modules.
    """

    def __init__(self, links: Links) -> None:
        self.links = links
        self._functions: dict[tuple[str, str], Function] = {}
        self._calls: dict[Function, list[Call]] = defaultdict(list)
        self.reading_of: dict[str, Reading] = {each.path: each for each in links.readings}
        for reading in links.readings:
            for function in reading.module.functions:
                name = f"{function.owner.name}.{function.name}" if function.owner is not None else function.name
                self._functions.setdefault((reading.path, name), function)
            for call in reading.module.calls:
                if call.function is not None and _CHECKING.search(call.method) and not call.method[:1].isupper():
                    self._calls[call.function].append(call)

    def function(self, name: str, reading: Reading) -> tuple[Function, Reading] | None:
        """A function or method of this tree by its name in a module."""
        here = self._functions.get((reading.path, name))
        if here is not None:
            return here, reading
        found = self.links.find(name, reading) if self.links.is_inside(name) else None
        there = self._functions.get((found[0].path, found[1])) if found is not None else None
        return (there, found[0]) if there is not None and found is not None else None

    def of_function(self, function: Function, depth: int = 0) -> Iterator[str]:
        """Dependencies of a function, its decorators and what its body asks."""
        reading = self.reading_of[function.path]
        for call in self._depends(function, reading):
            yield from self.of_dependency(call, reading, depth)
        for decorator in function.decorators:
            if not _NEUTRAL.search(decorator.name):
                yield decorator.name
                yield from (each.name for each in decorator.args if each.name)
        for call in self._calls.get(function, ()):
            if not _MAKING.search(call.method):
                yield call.name
        yield from self._asked(function, reading)

    def of_dependency(self, call: Call, reading: Reading, depth: int = 0) -> Iterator[str]:
        """What ``Depends(...)`` names, and what that depends on in turn."""
        given = call.argument(0, "dependency")
        if given is None:
            return
        yield from self.of_value(given, self.reading_of.get(call.path, reading), depth)

    def of_value(self, given: Value, reading: Reading, depth: int = 0) -> Iterator[str]:
        """What a name of a guard stands for."""
        made = given.call.name if given.call is not None else ""
        name = given.name or made
        yield name or given.text
        if made and made != name:
            yield made
        if depth >= _DEEPEST:
            return
        for wanted in dict.fromkeys([name, made]):
            for each in (wanted, f"{wanted}.__call__", f"{wanted}.__init__") if wanted else ():
                found = self.function(each, reading)
                if found is not None:
                    yield from self.of_function(found[0], depth + 1)

    def of_list(self, given: Value | None, reading: Reading) -> tuple[list[str], bool]:
        """Guards in a list such as ``dependencies=[...]``, and whether something in it is open."""
        if given is None or given.literal is None:
            return [], False
        if not given.parts:
            return [], given.literal != []
        names: list[str] = []
        for each in given.parts:
            if each.call is not None and each.call.method in INJECTING:
                names += self.of_dependency(each.call, reading)
            else:
                names += self.of_value(each, reading)
        return names, False

    def _depends(self, function: Function, reading: Reading) -> Iterator[Call]:
        yield from reading.inner.depends.get(function, ())
        for annotation in function.parameters.values():
            match = _SEEN_BY_NAME.fullmatch(annotation)
            name = match[1] if match is not None else ""
            if name in reading.inner.short_calls:
                yield from reading.inner.short_calls[name]
            elif name and name.partition(".")[0] in reading.imported:
                first, dot, rest = name.partition(".")
                found = self.links.find(f"{reading.imported[first]}{dot}{rest}", reading)
                if found is not None:
                    yield from found[0].inner.short_calls.get(found[1], ())

    def _asked(self, function: Function, reading: Reading) -> Iterator[str]:
        body = "\n".join(reading.inner.lines[function.line - 1 : min(function.end, function.line + 200)])
        for name in dict.fromkeys(_ASKED.findall(body)):
            if name == "session" and not reading.imported.get("session", "").endswith(".session"):
                continue
            yield name


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Names once each, in their order."""
    return tuple(dict.fromkeys(each for each in names if each))
