"""Random values in code: from generators whose next number can be told, or from those that were made for secrets."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.code import Assignment, Call, Function, Language, Return, Value
from ostiary.evidence.tree import Tree
from ostiary.parts.code.credentials import is_token, spaced, told

_GUESSABLE: Final = (
    *(f"random.{each}" for each in ("random", "randint", "randrange", "choice", "choices", "sample", "getrandbits", "uniform", "shuffle", "randbytes")),
    *(f"random.Random().{each}" for each in ("random", "randint", "randrange", "choice", "choices", "sample", "getrandbits", "randbytes")),
    *("numpy.random.rand*", "numpy.random.choice", "uuid.uuid1", "Math.random", "math/rand.*", "math/rand/v2.*", "lodash.random", "_.random", "_.sample", "lodash.sample"),
    *("java.util.Random().next*", "java.util.Random.next*", "Random.next*", "Random().next*", "java.lang.Math.random", "java.util.concurrent.ThreadLocalRandom.current().next*", "ThreadLocalRandom.current().next*"),
    *(".RandomStringUtils.random*", "kotlin.random.Random.next*", "kotlin.random.Random.Default.next*", "*.random"),
    *("rand", "mt_rand", "uniqid", "str_shuffle", "array_rand", "lcg_value", "Kernel.rand", "Random.rand", "Random().rand", "Random.new_seed"),
    *("drand48", "lrand48", "mrand48"),
)  # fmt: skip
_SAFE: Final = (
    *("secrets.*", "os.urandom", "random.SystemRandom().*", "crypto.randomBytes", "crypto.randomInt", "crypto.randomUUID", "crypto.getRandomValues", "node:crypto.random*", "nanoid", "nanoid.nanoid", "uuid.v4", "uuid.uuid4"),
    *("java.security.SecureRandom().*", "java.security.SecureRandom.*", "SecureRandom.*", "SecureRandom().*", "java.util.UUID.randomUUID", "UUID.randomUUID", "crypto/rand.*", "github.com/google/uuid.New*"),
    *("random_bytes", "random_int", "Str.random", "Illuminate.Support.Str.random", "openssl_random_pseudo_bytes", "django.utils.crypto.get_random_string", "itsdangerous.URLSafeTimedSerializer*", "*PasswordResetTokenGenerator*", "Devise.friendly_token"),
)  # fmt: skip
_KOTLIN_RANGE: Final = re.compile(
    r"(?:\.\.|List|Array|Pool|chars|Chars|charset|CHARS|alphabet)\S*\)?\.random$|\.\.\s*['\w]+\)?\.random$"
)
_TARGET: Final = re.compile(
    r"(?:^|[\s,({;])['\"]?([A-Za-z_$@][\w.$@\->]*)['\"]?\s*(?::\s*[\w<>\[\]?]+\s*)?(?:[:+]?=(?![=>])|:(?!:)|=>)"
)
_SETTER: Final = re.compile(r"\b(?:set|with|save|store|create|make|generate)([A-Z]\w*)\s*\(")
_TOSSES: Final = re.compile(
    r"[ \t]*\([^()\n]{0,80}\)[ \t]*[<>]=?[ \t]*[\w.]"
)  # it decides between two ways, and is kept by nobody
_CODE: Final = re.compile(r"(?:^|_)(?:code|digits|number|random_?number|value|result|key|characters?|chars|num)$")
_MESSAGE: Final = re.compile(
    r"(?i)otp|verif|reset|sms|2fa|mfa|log_?in|forgot|confirm|token|e_?mail_code|pass_?code|one_?time|recover"
)
_MAKES: Final = re.compile(r"(?i)generat|make|create|new|issue|build|random|code|next|mint|draw")
_WAITS: Final = re.compile(r"(?i)\b(?:sleep|usleep|delay|wait|setTimeout|Thread\.sleep|jitter|back_?off)\b\s*[(=:]")
_HARMLESS: Final = re.compile(
    r"(?i)test|mock|fake|demo|sample_data|seed|jitter|back_?off|delay|sleep|retry|shuffle|color|colour|animation|placeholder|avatar|slug|username|user_?name|file_?name|color|temp_?file|batch|simulat|train|tokeniz|embedding"
)


@dataclass(frozen=True, slots=True)
class Guess:
    """A value that can be told by who saw others; ``name`` is what says that nobody may."""

    call: Call
    name: str
    certain: bool = True


def guessable(tree: Tree) -> Sequence[Guess]:
    """Tokens, codes and first passwords from generators that were not made for them."""
    found: Sequence[Guess] = tree.remember("chance.guessable", lambda: tuple(_guessable(tree)))
    return found


def unguessable(tree: Tree) -> Sequence[Call]:
    """Uses of generators that were made for secrets."""
    return tree.code.calls(*_SAFE)


def _guessable(tree: Tree) -> Iterator[Guess]:
    named = _by_function(tree)
    seen: set[tuple[str, int]] = set()
    for call in tree.code.calls(*_GUESSABLE):
        if (call.path, call.line) in seen or not _is_meant(call):
            continue
        guess = _judged(call, named.get(call.function, ()))
        if guess is not None:
            seen.add((call.path, call.line))
            yield guess


def _is_meant(call: Call) -> bool:
    """Whether a name that stands for much is a generator here."""
    name = call.name
    if name in {"rand", "Random.rand", "Kernel.rand", "mt_rand", "uniqid", "str_shuffle", "array_rand", "lcg_value"}:
        return call.language in {Language.PHP, Language.RUBY, Language.SWIFT}
    if name.endswith(".random") and name not in {
        "random.random",
        "Math.random",
        "java.lang.Math.random",
        "lodash.random",
        "_.random",
        "random.Random().random",
    }:
        return call.language is Language.KOTLIN and _KOTLIN_RANGE.search(name) is not None
    if name.startswith(("Random.next", "Random().next")):
        return call.language in {Language.JAVA, Language.KOTLIN} and "Secure" not in call.text
    if ".RandomStringUtils." in f".{name}":
        return "secure" not in name.lower()
    return "SystemRandom" not in call.text and "SecureRandom" not in call.text


def _judged(call: Call, facts: Sequence[Assignment | Return]) -> Guess | None:
    function = told(call.function)
    if _WAITS.search(call.text) and not any(map(is_token, names_left_of(call))):
        return None
    if _TOSSES.match(call.text.partition(call.method)[2]):
        return None
    if _HARMLESS.search(spaced(function)) and not is_token(function):
        return None
    names = [
        *names_left_of(call),
        *(each.last for each in facts if isinstance(each, Assignment) and _holds(each.value, call, 0)),
    ]
    token = next((each for each in names if is_token(each)), "")
    if token:
        return Guess(call, token, certain=call.method != "uuid1" and not _HARMLESS.search(spaced(token)))
    if names and not any(_CODE.search(spaced(each)) for each in names) and not _is_given_back(call, facts):
        return None  # it is something else in a function about tokens
    own = call.function.name if call.function is not None else ""
    if is_token(function) and not (names or is_token(own) or _MAKES.search(own)):
        return Guess(call, function, certain=False)  # its class alone has to do with tokens
    if is_token(function) or (_MESSAGE.search(spaced(function)) and any(_CODE.search(spaced(each)) for each in names)):
        return Guess(call, function, certain=call.method != "uuid1")
    return None


def _is_given_back(call: Call, facts: Sequence[Assignment | Return]) -> bool:
    """Whether the value, also by the name of a variable, is what the function returns."""
    return any(isinstance(each, Return) and (_holds(each.value, call, 0) or each.line == call.line) for each in facts)


def names_left_of(call: Call) -> list[str]:
    """Names that get what stands on the line of a call."""
    position = call.text.find(call.method)
    before = call.text[: position if position >= 0 else len(call.text)]
    return [each.rpartition(".")[2] for each in _TARGET.findall(before)] + _SETTER.findall(before)


def _holds(value: Value, call: Call, depth: int) -> bool:
    """Whether a call gives part of a value."""
    if depth > 5:  # noqa: PLR2004 - as deep as anybody nests it
        return False
    if value.call is call or any(_holds(each, call, depth + 1) for each in value.parts[:8]):
        return True
    made = value.call
    if made is None or made.line > call.line + 3:
        return False
    given = [*made.args, *([made.receiver] if made.receiver is not None else [])]
    return any(_holds(each, call, depth + 1) for each in given[:4])


def _by_function(tree: Tree) -> Mapping[Function | None, Sequence[Assignment | Return]]:
    found: dict[Function | None, list[Assignment | Return]] = defaultdict(list)
    for module in tree.code.modules:
        for assignment in module.assignments:
            if assignment.function is not None:
                found[assignment.function].append(assignment)
        for each in module.returns:
            if each.function is not None:
                found[each.function].append(each)
    return found
