"""Jenkinsfiles, declarative and scripted: what ``sh`` and its kin are given, and the steps of plugins, in their stages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ostiary.evidence.pipeline import Pipeline, Step
from ostiary.parts.pipelines.reading import MOST_STEPS, Files, Frame

PATHS: Final = (
    "Jenkinsfile",
    "Jenkinsfile.*",
    "Jenkinsfile-*",
    "*.jenkinsfile",
    "*/Jenkinsfile",
    ".jenkins/*",
    "jenkins/*.groovy",
    "ci/*.groovy",
)
MOST: Final = 500_000  # characters
_DEEPEST: Final = 100  # blocks in blocks
_SHELLS: Final = frozenset({"sh", "bat", "powershell", "pwsh"})
_FORGIVING: Final = frozenset({"catchError", "warnError"})
_LANGUAGE: Final = frozenset(
    """pipeline agent stages stage steps step node environment options parameters triggers tools post always success failure unstable changed fixed
    regression aborted cleanup when expression branch anyOf allOf not environment script parallel if else for while try catch finally def return new import class
    echo println print error checkout scm git dir withEnv withCredentials timeout retry timestamps ansiColor stash unstash archiveArtifacts cleanWs deleteDir input
    matrix axes axis exclude excludes docker label image args string booleanParam choice properties usernamePassword file writeFile readFile fileExists sleep
    library call each any all collect toString trim split isUnix mail emailext slackSend lock milestone build cron pollSCM upstream githubPush params env currentBuild get put add""".split()  # noqa: SIM905 - words of a language
)
_TOKEN: Final = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<long>'''.*?'''|\"\"\".*?\"\"\")|(?P<text>'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\")"
    r"|(?P<name>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)|(?P<mark>[{}()\[\]:,;=@])|(?P<line>\n)",
    re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


@dataclass(slots=True)
class _Block:
    name: str
    label: str = ""
    off: bool = False
    condition: str = ""
    forgiving: bool = False


@dataclass(slots=True)
class _State:
    blocks: list[_Block] = field(default_factory=list)
    crons: bool = False
    beyond: int = 0  # blocks in the deepest one that is remembered

    def enter(self, tokens: Sequence[_Token], at: int) -> None:
        if len(self.blocks) < _DEEPEST:
            self.blocks.append(_opened(tokens, at))
        else:
            self.beyond += 1

    def leave(self) -> None:
        if self.beyond:
            self.beyond -= 1
        elif self.blocks:
            self.blocks.pop()

    def frame(self, frame: Frame) -> Frame | None:
        if any(each.off for each in self.blocks):
            return None
        stages = [each.label for each in self.blocks if each.name == "stage"]
        kinds = [each.name for each in self.blocks]
        conditions = [each.condition for each in self.blocks if each.condition]
        conditions += [each for each in ("failure", "unstable") if "post" in kinds and each in kinds]
        image = next((each.label for each in reversed(self.blocks) if each.name in {"inside", "withRun"}), "")
        return frame.within(
            job=stages[-1] if stages else "",
            stage=stages[0] if stages else "",
            condition=" && ".join(conditions),
            may_fail=any(each.forgiving for each in self.blocks),
            image=image,
        )


def read(path: str, text: str, files: Files) -> Pipeline:
    """One Jenkinsfile; of shared libraries only the names are known."""
    tokens = list(_tokens(text[:MOST]))
    frame, state = Frame(file=path, files=files), _State()
    if not any(each.kind == "name" and each.text in {"pipeline", "node", "stage", "sh"} for each in tokens):
        return Pipeline(file=path, system="jenkins", elsewhere=_libraries(tokens) or ("",) * 0)
    steps: list[Step] = []
    for each in _steps(tokens, frame, state):
        steps.append(each)
        if len(steps) >= MOST_STEPS:
            break
    return Pipeline(
        file=path,
        system="jenkins",
        triggers=("schedule",) if state.crons else (),
        steps=tuple(steps),
        elsewhere=_libraries(tokens),
    )


def _tokens(text: str) -> Iterator[_Token]:
    line, at = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        kind = match.lastgroup or ""
        if kind != "comment":
            yield _Token("text" if kind == "long" else kind, match[0], line)


def _steps(tokens: Sequence[_Token], frame: Frame, state: _State) -> Iterator[Step]:
    for at, token in enumerate(tokens):
        if token.text == "{" and token.kind == "mark":
            state.enter(tokens, at)
        elif token.text == "}" and token.kind == "mark":
            state.leave()
        elif token.kind == "name" and _begins(tokens, at):
            state.crons = state.crons or token.text == "cron"
            here = state.frame(frame)
            if token.text == "when" or here is None:
                _told(tokens, at, state)
            elif token.text in _SHELLS:
                yield from _shell(tokens, at, here)
            elif token.text not in _LANGUAGE and "." not in token.text and _is_call(tokens, at):
                yield from here.uses(f"jenkins:{token.text}", token.line, _named(tokens, at))


def _begins(tokens: Sequence[_Token], at: int) -> bool:
    """Whether a name is a call of its own, or a value that is given at once: not an argument's name."""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    return after is None or after.text != ":"


def _is_call(tokens: Sequence[_Token], at: int) -> bool:
    before = tokens[at - 1] if at else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    starts = before is None or before.kind == "line" or before.text in {"{", ";"}
    return starts and after is not None and (after.text in {"(", "{"} or after.kind in {"text", "name", "line"})


def _opened(tokens: Sequence[_Token], at: int) -> _Block:
    """What a block belongs to: the name before it, past its arguments."""
    back, depth = at - 1, 0
    label = ""
    lowest = max(at - 60, 0)
    while back >= lowest:
        token = tokens[back]
        if token.text == ")":
            depth += 1
        elif token.text == "(":
            depth -= 1
        elif token.kind == "text":
            label = _plain(token.text)
        elif depth == 0 and token.kind == "name":
            name = token.text.rpartition(".")[2]
            return _Block(name, label or _label_before(tokens, back), forgiving=name in _FORGIVING)
        elif depth == 0 and (token.kind == "line" or token.text in {"{", "}", ";"}):
            break
        back -= 1
    return _Block("")


def _label_before(tokens: Sequence[_Token], at: int) -> str:
    """``docker.image('x').inside``: the text in the call before."""
    near = [each for each in tokens[max(at - 6, 0) : at] if each.kind == "text"]
    return _plain(near[-1].text) if near and tokens[at - 1].text == ")" else ""


def _told(tokens: Sequence[_Token], at: int, state: _State) -> None:
    """What ``when`` says of the stage around it."""
    if tokens[at].text != "when" or not state.blocks:
        return
    inside, depth = [], 0
    for token in tokens[at + 1 : at + 200]:
        depth += (token.text == "{") - (token.text == "}")
        inside.append(token)
        if depth == 0 and token.text == "}":
            break
    text = " ".join(each.text for each in inside if each.kind != "line")
    state.blocks[-1].condition = text[1:-1].strip()[:200]
    state.blocks[-1].off = re.fullmatch(r"\{\s*expression \{ (?:return )?false \}\s*\}", text) is not None


def _shell(tokens: Sequence[_Token], at: int, frame: Frame) -> Iterator[Step]:
    depth, returned = 0, False
    script: _Token | None = None
    for place in range(at + 1, min(at + 40, len(tokens))):
        token = tokens[place]
        depth += (token.text in {"(", "["}) - (token.text in {")", "]"})
        if token.text == "returnStatus" and tokens[place + 1 : place + 3][-1:] and tokens[place + 2].text == "true":
            returned = True
        if token.kind == "text" and script is None and _label_of(tokens, place) in {"", "script"}:
            script = token
        if depth < 0 or (depth == 0 and (token.kind == "line" or token.text in {"{", "}", ";"})):
            break
    if script is not None:
        kept = _assigned(tokens, at)
        text = _plain(script.text)
        yield from frame.within(may_fail=returned and not kept).script(text, script.line)


def _label_of(tokens: Sequence[_Token], at: int) -> str:
    return tokens[at - 2].text if at > 1 and tokens[at - 1].text == ":" else ""


def _assigned(tokens: Sequence[_Token], at: int) -> bool:
    """Whether what the call gives is kept or asked."""
    return at > 0 and (tokens[at - 1].text in {"=", "("} or tokens[at - 1].text == "return")


def _named(tokens: Sequence[_Token], at: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for place in range(at + 1, min(at + 60, len(tokens) - 2)):
        if tokens[place].kind == "line" or tokens[place].text in {"{", "}"}:
            break
        if (
            tokens[place].kind == "name"
            and tokens[place + 1].text == ":"
            and tokens[place + 2].kind in {"text", "name"}
        ):
            found[tokens[place].text] = _plain(tokens[place + 2].text)
    return found


def _plain(text: str) -> str:
    for quote in ("'''", '"""', "'", '"'):
        if text.startswith(quote) and text.endswith(quote) and len(text) >= 2 * len(quote):
            inner = text[len(quote) : -len(quote)]
            return re.sub(r"\\(['\"$\\])", r"\1", inner)
    return text


def _libraries(tokens: Sequence[_Token]) -> tuple[str, ...]:
    """``@Library('x')``: steps of it cannot be read here."""
    found = []
    for at, token in enumerate(tokens[:-2]):
        if token.text == "Library" and at and tokens[at - 1].text == "@":
            found += [_plain(each.text) for each in tokens[at + 1 : at + 8] if each.kind == "text"]
    return tuple(f"library {each}" for each in dict.fromkeys(found))
