"""Names of secrets in a text and the values they get, in any language: assigned, passed, compared, given as a default."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from ostiary.parts.secrets.manners import Manner
from ostiary.parts.secrets.names import Meaning, meaning

_KEYWORD: Final = re.compile(
    r"pass|pwd|_pw\b|secret|token|key|cred|auth|salt|senha|jwt|contrasena|hash_?seed|bearer|(?<![a-z])pat(?![a-z])"
)
_REST: Final = re.compile(r"[\w$]{0,80}(?:[-.][A-Za-z_][\w$]{0,40}){0,5}")
_BEFORE: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$-.")
_MOST_BEFORE: Final = 64
_AFTER: Final = re.compile(
    r"""(?x)
    (?P<close>\\?["'`]?\]?) [ \t]{0,12}
    (?:
      (?P<typed> :\s{0,4}[A-Za-z_&][\w.<>\[\]|?&* ]{0,40}?[ ]{0,4}=(?![=>]) | [ \t](?:\[\]|\*|\[\d{0,4}\])?[A-Za-z]\w{0,20}(?:\[\])?[ \t]{1,4}=(?![=>]) | \[\w{0,6}\][ \t]{0,4}=(?!=) )
      | (?P<set> :=|=>|(?:\|\||\?\?|\?|:)?=(?![=>~]) | :(?![:=/]) )
      | (?P<same> ={2,3}|!==? )
      | (?P<or> \)?[ \t]{0,4}(?:\|\||\?\?|\?:|\bor\b|\bunless\b) )
      | (?P<comma> ,)
      | (?P<call> \()
      | (?P<element> > | </key>\s{0,60}<string> )
      | (?P<value> ,?\s{0,60}["']?(?:value|Value|defaultValue|default)["']?[ ]{0,4}[:=] )
      | (?P<fall> :-|\}?:(?=[^\s]) )
    )
    \s{0,40}
    """
)
_WRAPPED: Final = re.compile(
    r"(?:new\s{1,4})?(?:[A-Za-z_.]{0,30}(?:String|from|bytes|Bytes|Secret\w{0,8}|Some|str|[bB]ase64|b64_?decode|[dD]ecode_?(?:Base64|base64|String)|base64_decode|atob|Data|of|Literal|Field|Key\w{0,12}|Text|\[\]byte|Value))\(\s{0,20}(?:default\s{0,4}=\s{0,4})?"
)
_LITERAL: Final = re.compile(r"[bBrRuUfFL@$]{0,2}(?P<q>\\?(?:\"\"\"|'''|[\"'`]))(?!(?P=q))(?P<v>.{1,2000}?)(?P=q)")
_BARE: Final = re.compile(
    r"(?P<v>[^\s\"'`#<>{}\[\]|&,;][^\s\"'`<>{}]{2,600}?)(?=[,;]?(?:[ \t]*(?:\r?\n|$)|[ \t]+[#;]|[}\]]))"
)
_SPACED: Final = re.compile(r"[ \t]{1,4}(?P<v>[^\s\"'`<>{}$=:][^\s\"'`<>{}]{3,200})(?=\s|$)")
_IN_ELEMENT: Final = re.compile(r"(?P<v>[^<>\s]{4,2000})\s{0,4}(?=</)")
_IN_STRING: Final = re.compile(r"(?P<v>[^;\"'\s&<>{}$%\\]{1,200})(?=[;\"'\s&\\])")
_COMPANION: Final = re.compile(
    r"(?i)\b(?:user(?: ?id|name)?|uid|server|host|data source|database|dbname|initial catalog|endpoint)\s?=\s?[^=\s]"
)
_ARGUMENT: Final = re.compile(r"\w\(\s*\\?[\"'`]$")
_DEFAULT_OF: Final = re.compile(r"\$\{[^${}\n]{0,80}$|\{\{[^{}\n]{0,80}$")
_UP_TO: Final = re.compile(r"[^}\s]{4,200}(?=\})")
_SIGNED: Final = re.compile(r"(?i)(?:session|jwt|cookie\w{0,10}|sign|hmac)\s?\(")
MOST: Final = 20_000  # names looked at in one text


class Pair(NamedTuple):
    """A name of a secret and the literal it is given."""

    name: str
    meaning: Meaning
    value: str
    start: int  # of the value
    how: str  # "set", "same", "or", "comma", "call", "element", "bare", "string"


def pairs(text: str, lowered: str, manner: Manner) -> Iterator[Pair]:
    """Every pair, in the order of their names.

    :param lowered: the same text in lower case, of the same length.
    """
    done = 0
    for count, found in enumerate(_KEYWORD.finditer(lowered)):
        at = found.start()
        if at < done:
            continue
        if count > MOST:
            return
        first = at
        while first > 0 and at - first < _MOST_BEFORE and text[first - 1] in _BEFORE:
            first -= 1
        rest = _REST.match(text, at)
        done = rest.end() if rest else at
        name = text[first:done].lstrip("$.-")
        said = meaning(name)
        if said.words == ("secret",) and _SIGNED.search(text, max(0, first - 120), first):
            said = said._replace(signs=True)
        if said.kind:
            yield from _values(text, first, done, said, manner)


def _values(text: str, first: int, end: int, said: Meaning, manner: Manner) -> Iterator[Pair]:
    name = text[first:end].lstrip("$.-")
    after = _AFTER.match(text, end)
    if after is None:
        spaced = (
            _SPACED.match(text, end) if manner in {Manner.SETTINGS, Manner.LINES} and _is_spaced(text, first) else None
        )
        if spaced:
            yield Pair(name, said, spaced["v"], spaced.start("v"), "bare")
        return
    how, at = str(after.lastgroup), after.end()
    if how in {"set", "fall", "value"} and _DEFAULT_OF.search(text, max(0, first - 84), first):
        default = _UP_TO.match(text, at - _blanks(text, at) if how == "fall" else at)  # ${DB_PASSWORD:-this}
        value = (default[0].lstrip("-"), default.end()) if default else ("", 0)
        if value[0]:
            yield Pair(name, said, value[0], value[1] - len(value[0]), "or")
        return
    if how == "comma" and not (
        after["close"] and manner is Manner.CODE and _ARGUMENT.search(text, max(0, first - 40), first)
    ):
        return  # a list of words
    if how == "value" and not after["close"] and manner is Manner.CODE:
        return
    if how == "call" and not _is_setter(name):
        return
    if how == "element":
        inside = _IN_ELEMENT.match(text, at)
        if inside:
            yield Pair(name, said, inside["v"], inside.start("v"), how)
        return
    yield from _literal(text, at, (name, said), "set" if how in {"typed", "value", "fall"} else how, manner)


def _literal(text: str, at: int, called: tuple[str, Meaning], how: str, manner: Manner) -> Iterator[Pair]:
    name, said = called
    wrapped = _WRAPPED.match(text, at)
    literal = _LITERAL.match(text, wrapped.end() if wrapped else at)
    if literal:
        yield Pair(name, said, literal["v"].removesuffix("\\"), literal.start("v"), how)
        return
    if how not in {"set", "or"} or "\n" in text[at - _blanks(text, at) : at]:
        return
    if manner in {Manner.SETTINGS, Manner.LINES}:
        bare = _BARE.match(text, at)
        if bare:
            yield Pair(name, said, bare["v"], bare.start("v"), "bare")
    elif how == "set" and said.kind == "password" and text[at - 1] in "= ":
        part = _IN_STRING.match(text, at)
        end = text.find("\n", at)
        if part and _COMPANION.search(
            text, max(0, at - 300, text.rfind("\n", 0, at)), min(at + 200, end if end >= 0 else len(text))
        ):
            yield Pair(name, said, part["v"], part.start("v"), "string")


def _blanks(text: str, at: int) -> int:
    count = 0
    while at > count and text[at - count - 1].isspace():
        count += 1
    return count


def _is_spaced(text: str, first: int) -> bool:
    """``ENV DB_PASSWORD x``, ``--password x`` and ``password x`` of a netrc: a blank is the sign of equality."""
    line = text[text.rfind("\n", 0, first) + 1 : first]
    return line.endswith("ENV ") or text.startswith("--", first) or ("login " in line and "machine " in line)


def _is_setter(name: str) -> bool:
    """``setPassword(``, ``.password(`` of a builder, ``withSecret(``."""
    last = name.rpartition(".")[2]
    return (
        last.startswith(("set", "with", "add"))
        or ("." in name and last.islower())
        or last in {"password", "secretKey", "apiKey"}
    )
