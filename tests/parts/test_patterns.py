from __future__ import annotations

import re

import jsonschema_rs
import pytest

from ostiary.parts.patterns import Impossible, linear


def matches(pattern: str, text: str) -> bool:
    options = jsonschema_rs.RegexOptions(size_limit=1 << 24)
    return jsonschema_rs.Draft202012Validator({"pattern": linear(pattern)}, pattern_options=options).is_valid(text)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (r"^\/a$", "/a", "a"),
        (r"^\d+$", "12", "\u0663"),
        (r"^\w+$", "a_1", "\xe9"),
        (r"^\W$", "\xe9", "a"),
        (r"^\s$", "\ufeff", "a"),
        (r"^\S$", "a", "\u2003"),
        (r"^[\s\S]$", "\n", "aa"),
        (r"^[^\d\s]$", "a", "1"),
        (r"^[\D]$", "a", "1"),
        (r"^.$", "a", "\u2028"),
        (r"^a$", "a", "a\n"),
        (r"^(?<name>a)(?P<n>b)$", "ab", "a"),
        (r"^\u0041\x42\u{43}\cA$", "ABC\x01", "ABC"),
        (r"^\ud83d\ude00$", "\U0001f600", "x"),
        (r"^[\ud83d\ude00]$", "\U0001f600", "x"),
        (r"^[^]$", "\n", "aa"),
        (r"^[]$|x", "x", "a"),
        (r"^a{,3}$", "a{,3}", "a"),
        (r"^a{2,3}?$", "aa", "a"),
        (r"^a*?b+?$", "aab", "a"),
        (r"^[\w-.]$", "-", "/"),
        (r"^[a-\d]$", "-", "b"),
        (r"^[a-]$", "-", "b"),
        (r"^[[]$", "[", "a"),
        (r"^[a&&b~~c]$", "&", "d"),
        (r"^[\b]$", "\x08", "b"),
        (r"\bfoo\b", "a foo", "afoo"),
        (r"\Aa\Z", "a", "ba"),
        (r"^\0$", "\0", "0"),
        (r"^{a}]$", "{a}]", "a"),
        (r"^(?i)abc$", "ABC", "x"),
        (r"^(?i:a)b$", "Ab", "AB"),
        (r"^\p{L}\p{Script=Greek}$", "\xe9\u03b1", "aa"),
        (r"^[\p{Alnum}]\p{XDigit}$", "aF", "\xe9F"),
        (r"^[\uD7FF-\uE000]$", "\ue000", "a"),
        (r"^\$\.\#\-\_\@$", "$.#-_@", "a"),
        (r"^a b#c$", "a b#c", "abc"),
    ],
)
def test_means_the_same(pattern: str, yes: str, no: str) -> None:
    assert matches(pattern, yes)
    assert not matches(pattern, no)


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(?=a)", "lookahead"),
        ("(?!a)", "lookahead"),
        ("(?<=a)b", "lookbehind"),
        ("(?<!a)b", "lookbehind"),
        (r"(a)\1", "refers back"),
        (r"(?<n>a)\k<n>", "refers back"),
        ("(?P=n)", "refers back"),
        ("(?>a)", "atomic"),
        ("a*+", "possessive"),
        ("a)", "closing parenthesis"),
        ("(a", "not closed"),
        ("[a", "not closed"),
        ("(?<a", "not closed"),
        ("(?#x)", "not ECMA-262"),
        ("a\\", "backslash"),
        (r"\h", r"escape \h"),
        (r"\07", "octal"),
        (r"\xZZ", "hexadecimal"),
        (r"\u{110000}", "hexadecimal"),
        (r"\ud83d", "surrogate"),
        (r"\c1", "without a letter"),
        (r"\pL", "without a name"),
        ("[z-a]", "backwards"),
        ("a{3,2}", "cannot be"),
        ("a{9999999}", "cannot be"),
        ("+a", "after nothing"),
        ("a**", "after nothing"),
        ("(|*)", "after nothing"),
        ("a" * 10_001, "longer"),
    ],
)
def test_says_why_not(pattern: str, problem: str) -> None:
    with pytest.raises(Impossible, match=re.escape(problem)):
        linear(pattern)
