"""Serialised objects that a reader brings to life: a harmless one that is a product, and those that replies hand out."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from ostiary.controls.input.injection_rce.sums import Pair, pairs
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Operation, Severity
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.inputs import Input
from ostiary.parts.seen.proofs import Proven
from ostiary.verdict import Confidence

MOST: Final = 4  # operations that are sent YAML
TAGS: Final = (  # objects whose construction is a sum and nothing else
    "!!python/object/apply:operator.mul [{a}, {b}]",
    '!!java.math.BigInteger ["{product:x}", 16]',
)
_HOLE: Final = "ostiary-here"
_SIGNS: Final = (
    ("a Java object", re.compile(r"\brO0AB[A-Za-z0-9+/_=-]{8,}|\baced0005[0-9a-f]{8,}")),
    ("a Python pickle", re.compile(r"\bgA[NRSVW][A-Za-z0-9+/_=-]{8,}")),
    ("a PHP object", re.compile(r'\bO:\d{1,4}:"[A-Za-z_\\][\w\\]*":\d+:\{|\bTzo[0-9A-Za-z+/_=-]{16,}')),
    ("a .NET object", re.compile(r"\bAAEAAAD/////[A-Za-z0-9+/=]{8,}")),
    ("a Ruby object", re.compile(r"\bBAh[bi7voIV][A-Za-z0-9+/_=-]{8,}")),
)


class _Found(NamedTuple):
    what: str
    name: str  # of a cookie; empty where it stands in a body
    answer: Answer


async def proven(http: Http, answers: Sequence[Answer]) -> list[Proven]:
    """YAML with tags where YAML is taken; a pickle of a product in place of one that came in a cookie."""
    found = []
    yaml = [
        each for each in http.operations if any("yaml" in media for media in each.consumes) and each.method != "DELETE"
    ]
    for operation in yaml[:MOST]:
        try:
            one = await _tagged(http, operation)
        except Unanswerable:
            continue
        found += [one] if one is not None else []
    for seen in list({(each.what, each.name): each for each in _handed_out(answers)}.values())[:MOST]:
        found.append(await _returned(http, seen))
    return found


async def _tagged(http: Http, operation: Operation) -> Proven | None:
    made = http.body_of(operation)
    valid: Any = parse(made[1]) if made is not None else None
    whole = dict(valid) if isinstance(valid, dict) else {}
    name = next((key for key, value in whole.items() if isinstance(value, str)), "name")
    media = next(each for each in operation.consumes if "yaml" in each)
    text = json.dumps({**whole, name: _HOLE})
    for tag in TAGS:
        shown = []
        for pair in pairs(0):
            data = text.replace(f'"{_HOLE}"', tag.format(a=pair.a, b=pair.b, product=pair.product)).encode()
            answer = await http.send_to(operation, body=data, headers=[("Content-Type", media)])
            if not pair.shown_in(answer):
                break
            shown.append((answer, "the object is the product of two numbers of the request"))
        else:
            proof = f"{tag.split()[0]} was brought to life: its product came back, twice, with other numbers"
            return Proven(Input(operation, None, name), "yaml", proof, tuple(shown), more={"technique": "product"})
    return None


def _handed_out(answers: Sequence[Answer]) -> Iterator[_Found]:
    for answer in answers:
        for field in answer.all("set-cookie"):
            name, _, value = field.partition(";")[0].partition("=")
            for what, sign in _SIGNS:
                if sign.search(unquote(value)):
                    yield _Found(what, name.strip(), answer)
        document = parse(answer.body)
        for what, sign in _SIGNS:
            if isinstance(document, (dict, list)) and sign.search(answer.text[:100_000]):
                yield _Found(what, "", answer)


async def _returned(http: Http, seen: _Found) -> Proven:
    """A cookie that comes back as another pickle: the server that loads it shows the product, or fails on rubbish only."""
    asked = seen.answer.asked
    at = Input(Operation(method=asked.method, path=asked.target.partition("?")[0]), None, seen.name or "the reply")
    if seen.name and "pickle" in seen.what:
        shown = []
        for pair in pairs(0):
            cookie = f"{seen.name}={base64.b64encode(_pickle(pair)).decode()}"
            try:
                answer = await http.send(asked.method, asked.target, headers=[("Cookie", cookie)])
            except Unanswerable:
                break
            if not pair.shown_in(answer):
                break
            shown.append((answer, "the cookie is the product of two numbers"))
        else:
            proof = f"a pickle that multiplies was sent as {seen.name}, and its product came back, twice"
            return Proven(at, "pickle", proof, tuple(shown), more={"technique": "product"})
    where = f"the cookie {seen.name}" if seen.name else "a reply"
    proof = (
        f"{where} holds {seen.what}: whoever may change it, or learns the key that signs it, runs code where it is read"
    )
    shown_once = ((seen.answer, f"{seen.what} in {where}"),)
    return Proven(at, "serialised", proof, shown_once, Severity.MEDIUM, Confidence.TENTATIVE)


def _pickle(pair: Pair) -> bytes:
    """``str(operator.mul(a, b))`` in pickle's own words: nothing else is called."""
    return f"cbuiltins\nstr\n(c_operator\nmul\n(I{pair.a}\nI{pair.b}\ntRtR.".encode()
