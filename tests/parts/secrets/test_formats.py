"""Every documented form is found where it stands, by tokens made here; none of them is ever shown whole."""

from __future__ import annotations

import random
import zlib

import pytest

from ostiary.parts.secrets import checks, formats
from ostiary.parts.secrets.formats.format import Format, Named
from ostiary.parts.secrets.formats.starts import SIZE, starts
from ostiary.parts.secrets.search import search
from sampling import ALPHABET, sample

SHAPES = {  # names for values of forms that are known by a name
    "app.py": '{upper}_API_KEY = "{value}"',
    ".env": "{upper}_SECRET={value}",
    "app.js": 'const {lower}ApiKey = "{value}";',
    "values.yaml": "{lower}_token: '{value}'",
    "app.go": '{lower}Secret := "{value}"',
    "config.json": '"{lower}_api_token": "{value}",',
}
WORDS = {  # a name that the row's expression finds, where it is not its first alternative
    "twilio-auth-token": "twilio", "aws-secret-access-key": "aws_secret_access", "aws-session-token": "aws_session",
    "recaptcha-secret": "captcha_private", "ethereum-key": "wallet_private", "azure-storage-key": "azure_storage",
    "azure-shared-key": "eventhub", "azure-cognitive-key": "cognitive", "azure-client-secret": "entra",
}  # fmt: skip


@pytest.mark.parametrize("form", formats.FORMATS, ids=lambda each: f"{each.kind}-{each.pattern[:12]}")
def test_a_form_is_found_by_itself_and_not_shown_whole(form: Format) -> None:
    chance = random.Random(form.pattern)
    same = {each.kind for each in formats.FORMATS if each.pattern[:2] == form.pattern[:2]} | {form.kind, "jwt"}
    for _ in range(5):
        token = sample(form.pattern, chance)
        found = search("app/client.py", f"first = 1\nx.y = f('{token}')  # \n")
        assert [each.line for each in found] == [2], token
        assert found[0].kind in same
        assert token not in found[0].shown
        assert token not in repr(found)


@pytest.mark.parametrize("form", formats.FORMATS, ids=lambda each: f"{each.kind}-{each.pattern[:12]}")
def test_a_longer_word_is_another_thing(form: Format) -> None:
    chance = random.Random(form.pattern)
    if form.pattern.endswith("}"):  # a bound from above
        token = sample(form.pattern, chance) + "".join(chance.choices(ALPHABET, k=300))
        assert all(each.value not in token[:-1] or each.end < len(token) for each in search("a.md", token)), token


@pytest.mark.parametrize("form", formats.FORMATS, ids=lambda each: f"{each.kind}-{each.pattern[:12]}")
def test_what_a_form_begins_with_is_read_off_its_expression(form: Format) -> None:
    chance = random.Random(form.pattern)
    begun = starts(form.pattern)
    assert form.anchor or begun, "it would never be looked for"
    if begun:
        assert sample(form.pattern, chance)[:SIZE] in begun


@pytest.mark.parametrize("form", formats.NAMED, ids=lambda each: each.kind)
def test_a_form_is_known_by_its_name(form: Named) -> None:
    chance = random.Random(form.pattern)
    word = WORDS.get(form.kind) or form.name.replace("(?:^|_)", "").split("|")[0].replace("?", "").strip(
        "^$_()\\"
    ).replace("(:", "")
    for path, line in SHAPES.items():
        value = sample(form.pattern, chance)
        if value.startswith(("/", "=", "-")) or value.isalpha():
            continue  # rare beginnings that read as a path or an option
        text = line.format(upper=word.upper(), lower=word, value=value)
        assert search(path, text), text


def test_there_are_forms_of_some_hundred_providers() -> None:
    rows: list[Format | Named] = [*formats.FORMATS, *formats.NAMED]
    assert len({each.kind for each in rows}) > 250
    providers = {each.title.split()[0] for each in rows}
    assert len(providers) > 100


def test_a_right_checksum_proves_a_token() -> None:
    chance = random.Random(20)
    body = "".join(chance.choices(ALPHABET, k=30))
    right = "ghp_" + body + base62(zlib.crc32(body.encode()))
    wrong = right[:-1] + ("a" if right[-1] != "a" else "b")
    assert [each.proven for each in search("tests/test_x.py", f"t = '{right}'")] == [True]
    assert [each.proven for each in search("tests/test_x.py", f"t = '{wrong}'")] == [False]
    assert checks.is_right("crc", right)


def base62(number: int) -> str:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    made = ""
    for _ in range(6):
        number, rest = divmod(number, 62)
        made = digits[rest] + made
    return made


@pytest.mark.parametrize(
    "token",
    [
        "AKIA" + "IOSFODNN7" + "EXAMPLE",
        "ghp_" + "x" * 36,
        "ghp_" + "0123456789" * 4,
        "sk_live_" + "your_key_goes_here_please",
        "npm_" + "a" * 36,
    ],
)
def test_a_token_of_a_manual_is_none(token: str) -> None:
    assert search("app/client.py", f"t = '{token}'") == []
