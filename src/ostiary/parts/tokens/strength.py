"""A shared secret that can be guessed signs for everybody: known ones, words and patterns are none."""

from __future__ import annotations

import itertools
import re
from typing import Final

__all__ = ["fault_of"]

LEAST_LEFT = 16  # characters that have to be left once words are taken away
LEAST_KINDS = 8  # different characters: 32 random hex digits have fewer once in many million times

# Published as examples and found in production ever since; each is long enough to pass a check of length alone.
_KNOWN: Final = frozenset(
    {
        "a-string-secret-at-least-256-bits-long",  # jwt.io
        "a-valid-string-secret-that-is-at-least-384-bits-long",
        "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",  # FastAPI's tutorial
        "404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970",  # tutorials for Spring
        "413f4428472b4b6250645367566b59703373367639792442264529482b4d6251",
        "655468576d5a7134743777217a25432a462d4a614e645267556b587032723575",
        "3cfa76ef14937c1c0ea519f8fc057a80fcd04a7420f8e8bcd0a7567c272e007b",
        "5367566b59703373367639792f423f4528482b4d6251655468576d5a71347437",
        "aym1sysppbydfgzld3umj1qzkobwvmkoqq-estjqlr_t-1qs0gzh75aktmn3yj0ips4hcguutwjazzr1z9caow",  # RFC 7515 A.1
        "hjtxiz2usn5kbqfbttnwbpdmhkv8fjg-onbc6mxccyg",  # RFC 7520 section 3.5
    }
)
_WORDS: Final = tuple(
    sorted(
        """secret password passwort passwd changeme change this that your mine super very long token tokens json
        signing signature sign verify verification hmac sha256 sha512 sha384 hs256 hs384 hs512 random string value
        default example sample test testing tester production develop development staging local localhost docker
        secure security insecure safe safely please replace placeholder dummy generate generated enough least
        characters chars bytes bits must should would never anyone share with from have here some something only
        used uses using application server service client access refresh authentication authorization auth user users
        admin administrator root master private public login session cookie spring boot django flask express node
        nest laravel rails react java python golang encryption encrypt decrypt hello world foobar qwerty asdfgh
        letmein welcome iloveyou monkey dragon shadow sunshine princess football baseball trustno abcdef hash
        digest keyboard jsonwebtoken jwtsecret jwtkey mykey company project database backend frontend github
        correct horse battery staple lorem ipsum dolor amet which does nobody know should really strong stronger
        length longer least minimum require required than what when where there their into about after""".split(),  # noqa: SIM905 - a table of words
        key=len,
        reverse=True,
    )
)
_WORD: Final = re.compile("|".join(_WORDS))
_SHORT_WORDS: Final = re.compile(r"(?<![a-z])(?:a|all|an|as|at|be|by|do|for|in|is|it|jwt|key|keys|my|no|not|of|on|or|our|the|to|use|we|you|and|api|app|dev|prod|env|max|min|new|old|one|two|foo|bar|baz|abc|so|up|xyz)+(?![a-z])")  # fmt: skip
_KEYBOARD: Final = "qwertyuiop asdfghjkl zxcvbnm"
_MARKS: Final = re.compile(r"[\x00-\x2f:-@\[-`{-\x7f]+")


def fault_of(secret: str) -> str:
    """Why a secret can be guessed, a clause that repeats nothing of it; empty when nothing speaks against it.

    No test can show that a secret is random: this finds what is known, made of words, or of a pattern.
    """
    plain = secret.strip().lower()
    if plain in _KNOWN:
        return "it is an example from a manual, which every attacker tries first"
    if len(set(secret)) < LEAST_KINDS:
        return "it is made of too few different characters"
    if _period(secret) * 2 <= len(secret):
        return "it repeats itself"
    if _in_a_row(plain) * 5 >= len(plain) * 3:
        return "it follows the alphabet"
    if plain.isascii() and plain.isprintable() and not _has_rest(plain):
        return "it is made of words"
    return ""


def _period(text: str) -> int:
    """The length of the unit that the text repeats; its own where it repeats none."""
    return (text + text).index(text, 1) if text in (text + text)[1:-1] else _prefix_period(text)


def _prefix_period(text: str) -> int:
    """As `_period` for a text that ends within its unit ("abcabcab")."""
    for length in range(1, len(text) // 2 + 1):
        if all(text[at] == text[at - length] for at in range(length, len(text))):
            return length
    return len(text)


def _in_a_row(text: str) -> int:
    """How many characters are the one before, or next to it in the alphabet or on a keyboard."""
    return sum(abs(ord(one) - ord(two)) <= 1 or one + two in _KEYBOARD for one, two in itertools.pairwise(text))


def _has_rest(plain: str) -> bool:
    """Whether enough is left without words and marks; a few digits between words are dates and counts."""
    left = _SHORT_WORDS.sub(" ", _WORD.sub(" ", plain))
    digits = sum(map(str.isdigit, left))
    return len(_MARKS.sub("", left)) - (digits if digits * 5 < len(plain) else 0) >= LEAST_LEFT
