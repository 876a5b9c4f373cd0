"""Keys that a database counts up and that paths of operations take: nobody should be able to guess the next one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Assignment, Code, Language, Route, Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding
from ostiary.parts.code.judging import Fault, judged

_ID: Final = re.compile(r"(?i)^(?:.*[a-z_-])?(?:id|pk|key)$|^[a-z]+Id$")
_WHOLE: Final = frozenset(
    {"int", "long", "Int", "Long", "Integer", "number", "int32", "int64", "uint", "uint64", "BigInteger", "PositiveInt"}
)
_RANDOM: Final = re.compile(r"(?i)uuid|ulid|objectid|nanoid|guid")
_COUNTED_TEXT: Final = re.compile(
    r"(?i)\bauto_?increment\b|\b(?:big|small)?serial\b\s*(?:primary|not|,|$)|generated\s+(?:always|by\s+default)\s+as\s+identity|@default\(autoincrement\(\)\)|\bIDENTITY\s*\(\s*1"
)
_INT_TEXT: Final = re.compile(r":\s*(?:Mapped\[|Optional\[|\|)?\s*(?:Optional\[)?int\b")
_PARSES: Final = (
    "parseInt",
    "Number",
    "Number.parseInt",
    "strconv.Atoi",
    "strconv.ParseInt",
    "strconv.ParseUint",
    "intval",
)
_MOST_LINES: Final = 5000


async def audit_source(tree: Tree) -> Finding:
    """Bring together keys that count up and paths that take whole numbers."""
    counters = list(_counters(tree))
    faults: list[Fault] = []
    sound: list[Spot] = []
    open_ones = 0
    for route in tree.code.routes:
        name = route.parameters[-1] if route.parameters else ""
        if not name or not _ID.match(name):
            continue
        if _is_whole(tree.code, route, name):
            sure = Confidence.FIRM if counters else Confidence.TENTATIVE
            faults.append(Fault(route, "an operation names an object by a number that counts up", sure))
        elif _is_random(route, name):
            sound.append(route)
        else:
            open_ones += 1
    return judged(
        tree,
        faults,
        sound=sound,
        holds="an operation names an object by a random identifier",
        nothing="operation that names an object by an id",
        undecided=f"of {open_ones} operations that take an id it was not seen what kind it is" if open_ones else "",
        proof=f"The keys are counted by the database ({counters[0].place})." if counters else "",
    )


def _is_whole(code: Code, route: Route, name: str) -> bool:
    if re.search(rf"<int:{re.escape(name)}>", route.route):
        return True
    function = route.function
    if function is None:
        return False
    typed = re.sub(
        r"^(?:typing\.)?(?:Optional|Annotated)\[|[\],].*$|\s*\|\s*None", "", function.parameters.get(name, "")
    ).strip()
    if typed in _WHOLE:
        return True
    module = next((each for each in code.modules if each.path == function.path), None)
    return any(
        call.name in _PARSES and _takes(call.args[0].text, name)
        for call in (module.calls if module is not None else ())
        if call.args and function.line <= call.line <= function.end
    )


def _takes(text: str, name: str) -> bool:
    return re.search(rf"(?:params\.|Param\(\"|params\[['\"]){re.escape(name)}\b", text) is not None


def _is_random(route: Route, name: str) -> bool:
    typed = route.function.parameters.get(name, "") if route.function is not None else ""
    return _RANDOM.search(f"{typed} {route.route}") is not None


def _counters(tree: Tree) -> Iterator[Spot]:
    code = tree.code
    yield from (each for each in code.assignments() if each.language is Language.PYTHON and _is_counter(each))
    yield from (each for each in code.assignments(".autoIncrement") if each.value.literal is True)
    for call in code.calls("*PrimaryGeneratedColumn"):
        if not any(str(arg.literal) in {"uuid", "rowid"} for arg in call.args):
            yield call
    for call in code.calls("*GeneratedValue", languages={Language.JAVA, Language.KOTLIN}):
        near = " ".join(tree.line(call.path, call.line + offset) for offset in range(-2, 4))
        if not _RANDOM.search(near):
            yield call
    yield from _schemas(tree)


def _is_counter(each: Assignment) -> bool:
    made = each.value.call
    if each.owner is None or made is None:
        return False
    if made.method in {"AutoField", "BigAutoField", "SmallAutoField"}:
        return True
    if "primary_key" not in made.keywords or made.keywords["primary_key"].literal is not True:
        return False
    kinds = " ".join(f"{arg.name} {arg.text}" for arg in made.args)
    return (
        re.search(r"\b(?:Big|Small)?Integer\b|Identity", kinds) is not None or _INT_TEXT.search(each.text) is not None
    )


def _schemas(tree: Tree) -> Iterator[Spot]:
    for file in tree.named("*.prisma", "*.sql")[:200]:
        for number, line in enumerate(tree.text(file).splitlines()[:_MOST_LINES], 1):
            if len(line) < 2000 and _COUNTED_TEXT.search(line):  # noqa: PLR2004 - what people write
                yield Spot(path=file.path, line=number)
                break
