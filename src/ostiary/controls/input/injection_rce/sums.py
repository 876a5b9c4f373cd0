"""A product that only who works it out can know is asked for in the spelling of templates, shells and expressions."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Final

from ostiary.evidence import Answer
from ostiary.model import Place
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.gists import gist
from ostiary.parts.seen.inputs import Input, words
from ostiary.parts.seen.proofs import Proven
from ostiary.parts.seen.trials import BLOCKS, PLAIN, Trial

# Double braces stand for single ones. Each spelling is inert where it is not meant, and nothing but a sum where it is.
TEMPLATES: Final = (
    "ostiary{{{{{a}*{b}}}}}${{{a}*{b}}}#{{{a}*{b}}}",  # Jinja, Twig, Freemarker, EL, Mako, Ruby, Pug
    "ostiary<%={a}*{b}%>@({a}*{b})",  # ERB, EJS, Razor
)
APART: Final = (
    "${{{a}*{b}}}",
    "#{{{a}*{b}}}",
    "{{{{{a}*{b}}}}}",
    "[[${{{a}*{b}}}]]",
)  # where the mixture ends in an error
SHELLS: Final = (  # "&" and "|" separate commands everywhere; "set /a" prints on Windows and does nothing elsewhere
    "{value}&set /a {a}*{b}&echo q$(({a}*{b}))",
    "{value};echo q$(({a}*{b}));",
    "{value}|echo q$(({a}*{b}))",
    '{value}"&echo q$(({a}*{b}))&echo "',
    "{value}'&echo q$(({a}*{b}))&echo '",
    "{value}`echo q$(({a}*{b}))`",
    "{value}\necho q$(({a}*{b}))",
)
IN_PATH: Final = "{value}&echo q$(({a}*{b}))"  # a slash would end the segment at many servers, however it is spelt
MOST_SUGGESTED: Final = 2  # values that a refusal names
SUM: Final = "{a}*{b}"
LANGUAGES: Final = (  # what an evaluator of a language works out, and a calculator of numbers does not
    "int('{a}')*{b}",
    "parseInt('{a}')*{b}",
    "intval('{a}')*{b}",
    "Integer('{a}')*{b}",
    'Integer.parseInt("{a}")*{b}',
)
_SHELLED: Final = frozenset({
    "cmd", "command", "exec", "execute", "run", "shell", "host", "hostname", "ip", "ipaddress", "address", "domain", "ping", "server",
    "dns", "lookup", "arg", "args", "argument", "option", "options", "param", "params", "parameters", "query", "process", "target",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """Two numbers whose product stands in no request."""

    a: int
    b: int

    @property
    def product(self) -> int:
        """What only who multiplies can know."""
        return self.a * self.b

    def shown_in(self, answer: Answer) -> bool:
        """Whether a reply has the product, in its body or a header field."""
        text = answer.text + " ".join(value for _, value in answer.headers)
        return str(self.product) in text or f"{self.product:,}" in text


def pairs(number: int) -> tuple[Pair, Pair]:
    """Two pairs for the place with this number: nobody else's, so that a product found later tells where it was sent."""
    return Pair(7351, 6343 + 2 * number), Pair(7349, 6353 + 2 * number)


async def proven(trial: Trial, valid: Answer, number: int) -> Proven | None:
    """Try templates, shells and expressions; a product has to come back twice, with other numbers, to count."""
    for spelling in TEMPLATES:
        found = await _worked_out(trial, valid, "template", spelling, number)
        if found is not None:
            return found
    plain = await trial.put(PLAIN)
    first = await trial.put(TEMPLATES[0].format(**_numbers(pairs(number)[0])))
    if first.status >= 500 > plain.status:  # noqa: PLR2004 - an engine that could not read the mixture
        for spelling in APART:
            found = await _worked_out(trial, valid, "template", spelling, number)
            if found is not None:
                return found
    return await _shelled(trial, valid, number, plain) or await _evaluated(trial, valid, number)


async def strict(trial: Trial, valid: Answer, number: int) -> Proven | None:
    """The same where every odd text is refused: evaluators and lists of commands cannot read one either."""
    found = await _evaluated(trial, valid, number)
    if found is None and may_be_command(trial.at):
        found = await _shelled(trial, valid, number, await trial.put(PLAIN))
    return found


def may_be_command(at: Input) -> bool:
    """Whether a text there is likely to be part of a command, by what it is called."""
    return not _SHELLED.isdisjoint(words(at.name))


async def _worked_out(trial: Trial, valid: Answer, how: str, spelling: str, number: int) -> Proven | None:
    shown: list[tuple[Answer, str]] = []
    text = ""
    for pair in pairs(number):
        text = spelling.format(value=_before(trial), **_numbers(pair))
        if not trial.at.fits(text):
            return None
        answer = await trial.put(text)
        if not pair.shown_in(answer) or pair.shown_in(valid):
            return None
        shown.append((answer, f"the reply holds {pair.product}, the request {pair.a} and {pair.b}"))
    proof = f"{text!r} was sent, and the product came back, which no request holds; so it was with other numbers"
    return Proven(trial.at, how, proof, tuple(shown), more={"technique": "product"})


async def _shelled(trial: Trial, valid: Answer, number: int, plain: Answer) -> Proven | None:
    common = IN_PATH if trial.at.place is Place.PATH else SHELLS[0]
    first = common.format(value=_before(trial), **_numbers(pairs(number)[0]))
    found = await _worked_out(trial, valid, "command", common, number)
    if found is not None or not trial.at.fits(first):
        return found
    answer = await trial.put(first)
    odd = gist(answer, first) != gist(plain, PLAIN) and answer.status not in BLOCKS
    if not may_be_command(trial.at) and not (odd and answer.status >= 500):  # noqa: PLR2004
        return None
    for start in _suggested(plain):
        started = dataclasses.replace(trial.at, value=start)
        found = await _worked_out(Trial(trial.http, started), valid, "command", common, number)
        found = found or await _worked_out(Trial(trial.http, started), valid, "command", SHELLS[1], number)
        if found is not None:
            return found
    for spelling in SHELLS[1:]:
        found = await _worked_out(trial, valid, "command", spelling, number)
        if found is not None:
            return found
    return None


async def _evaluated(trial: Trial, valid: Answer, number: int) -> Proven | None:
    """A calculator may work out sums, and that is what it is for; calling a function of a language is not."""
    pair = pairs(number)[0]
    sum_ = await trial.put(SUM.format(**_numbers(pair)))
    if pair.shown_in(valid) or not pair.shown_in(sum_):
        return None
    for spelling in LANGUAGES:
        found = await _worked_out(trial, valid, "expression", spelling, number)
        if found is not None:
            return found
    return None


def _suggested(refusal: Answer) -> list[str]:
    """What a refusal says would be taken: short texts in it, such as a list of commands."""
    found: list[str] = []
    queue = [parse(refusal.body)] if not refusal.accepted else []
    while queue and len(found) < MOST_SUGGESTED:
        node = queue.pop(0)
        queue += node.values() if isinstance(node, dict) else node[:20] if isinstance(node, list) else ()
        found += [node] if isinstance(node, str) and re.fullmatch(r"[\w./-]{2,24}", node) else []
    return found


def _before(trial: Trial) -> str:
    """What stands before a second command: a valid value, or a command that says nothing wrong."""
    return trial.at.value if trial.at.value and not trial.at.value.startswith("ostiary") else "echo ostiary"


def _numbers(pair: Pair) -> dict[str, int]:
    return {"a": pair.a, "b": pair.b}
