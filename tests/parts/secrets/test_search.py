"""What is a credential in a text and what is not, beside the twins."""

from __future__ import annotations

import base64
import json
import random
import time

import pytest

from ostiary.parts.secrets.search import MOST, in_strings, search
from sampling import word

NOW = 1_800_000_000.0


def chance(seed: str) -> random.Random:
    return random.Random(seed)


def jwt(claims: dict[str, object]) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in ({"alg": "HS256"}, claims)
    ]
    return ".".join((*parts, word(chance(str(claims)), 43)))


def pem(what: str = "RSA PRIVATE KEY", body: str = "") -> str:
    body = body or "\n".join(word(chance(str(at)), 64) for at in range(12))
    return f"-----BEGIN {what}-----\n{body}\n-----END {what}-----\n"


def kinds(path: str, text: str) -> list[str]:
    return [each.kind for each in search(path, text, now=NOW)]


def test_a_private_key_is_told_by_its_header_alone() -> None:
    found = search("deploy/key.pem", pem())
    assert [(each.kind, each.line, each.certain) for each in found] == [("private-key", 1, True)]
    assert found[0].shown == "-----BEGIN RSA PRIVATE KEY----- ***"


def test_a_key_on_one_line_of_code_is_one() -> None:
    assert kinds("a.js", "const k = '" + pem("PRIVATE KEY").replace("\n", "\\n") + "';") == ["private-key"]


@pytest.mark.parametrize(
    "text",
    [
        'if "-----BEGIN PRIVATE KEY-----" in text:',
        pem("PUBLIC KEY"),
        pem("CERTIFICATE"),
        pem("PRIVATE KEY", "..."),
        pem("PRIVATE KEY", "A" * 64),
    ],
)
def test_what_only_looks_like_a_key_is_none(text: str) -> None:
    assert kinds("a.py", text) == []


def test_a_locked_key_is_less_sure() -> None:
    assert [(each.kind, each.certain) for each in search("k.pem", pem("ENCRYPTED PRIVATE KEY"))] == [
        ("encrypted-private-key", False)
    ]


def test_a_token_that_has_ended_is_none_and_one_for_everything_is_certain() -> None:
    assert kinds("a.py", f"t = '{jwt({'sub': 'ann', 'exp': NOW - 1})}'") == []
    assert kinds("a.py", f"t = '{jwt({'sub': 'ann', 'exp': NOW + 900})}'") == ["jwt"]
    assert [each.certain for each in search("a.py", f"t = '{jwt({'role': 'service_role'})}'")] == [True]
    assert [each.public for each in search("a.py", f"t = '{jwt({'role': 'anon'})}'")] == [True]
    assert kinds("a.py", f"t = '{jwt({'sub': '1234567890', 'name': 'John Doe'})}'") == []


def test_passwords_in_addresses() -> None:
    password = "Zx81kqLm"
    assert kinds("a.py", f"u = 'postgresql://app:{password}@db.hostel.io/app'") == ["connection-password"]
    assert kinds("a.py", "u = 'postgresql://postgres:postgres@db.hostel.io/app'") == ["default-connection-password"]
    assert [each.weak for each in search("a.py", f"u = 'redis://:{password}@localhost/0'")] == [True]
    assert kinds("a.py", "u = f'postgresql://app:{password}@db/app'") == []
    assert kinds("a.py", "u = 'https://user:password@example.com/'") == []
    assert kinds("a.sh", f"git clone https://deploy:{password}@git.hostel.io/x.git") == ["connection-password"]


def test_a_basic_header_is_decoded() -> None:
    value = base64.b64encode(b"ann:Zx81kqLm!7").decode()
    assert kinds("a.py", f'h = {{"Authorization": "Basic {value}"}}') == ["basic-credentials"]
    nobody = base64.b64encode(b"{user}:{password}").decode()
    assert kinds("a.py", f'h = {{"Authorization": "Basic {nobody}"}}') == []


def test_a_comment_allows_and_says_why() -> None:
    line = 'API_SECRET = "kd93Xf02Jf92Qw02jT20"'
    assert [each.allowed for each in search("a.py", line)] == [""]
    assert [each.allowed for each in search("a.py", f"{line}  # ostiary: allow-secret ended in 2024")] == [
        "ended in 2024"
    ]
    assert [each.allowed for each in search("a.py", f"{line}\n# ostiary: allow-secret ended in 2024")] == [""]


def test_manuals_show_examples_and_still_no_real_key() -> None:
    line = 'API_SECRET = "kd93Xf02Jf92Qw02jT20"'
    assert kinds("a.py", f'"""How to use it.\n\n    {line}\n"""\n') == []
    assert kinds("a.java", f"/**\n * {line}\n */\n") == []
    assert kinds("a.py", f'"""Key.\n{pem()}"""\n') == ["private-key"]
    assert kinds("README.md", line) == []
    assert kinds("README.md", pem()) == ["private-key"]


@pytest.mark.parametrize("path", ["yarn.lock", "locales/fr.json", "app/i18n/messages.de.yml", "style.css", "go.sum"])
def test_some_files_hold_words_and_digests(path: str) -> None:
    assert kinds(path, '"api_secret": "kd93Xf02Jf92Qw02jT20"\npassword: Zx81kqLm!7\n') == []


def test_lines_are_counted_in_every_letter() -> None:
    text = "\u0130\u0130\u0130 = 1\n" * 3 + 'API_SECRET = "kd93Xf02Jf92Qw02jT20"\n'
    assert [(each.line, each.value) for each in search("a.py", text)] == [(4, "kd93Xf02Jf92Qw02jT20")]


def test_strings_of_a_package_are_judged_by_their_names() -> None:
    found = in_strings(
        [("app_name", "Hostel"), ("PAYU_SALT", "eCxWELqi"), ("", "AKIA" + "Q7YLPMN5HFIQR7XZ"), ("password", "Password")]
    )
    assert [(each.kind, each.line, each.name, each.salt) for each in found] == [
        ("payment-salt", 2, "PAYU_SALT", True),
        ("aws-access-key-id", 3, "", False),
    ]


def test_what_is_found_is_bounded() -> None:
    text = "".join(f'secret_{at} = "{word(chance(str(at)), 24)}"\n' for at in range(3000))
    assert 0 < len(search("a.py", text)) <= MOST


@pytest.mark.parametrize(
    "piece",
    [
        "password=",
        'password="',
        "sv=a&sig=",
        "curl -u a:",
        "-----BEGIN PRIVATE KEY-----",
        "token-",
        "://a:b",
        '"""',
        "${password:",
        "eyJaaaaaaaaaaa.",
    ],
)
def test_a_hostile_text_ends_soon(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.monotonic()
    search("a.yml", text)
    search("a.py", text)
    assert time.monotonic() - started < 20  # seconds; a quadratic search takes minutes


def test_a_class_of_a_page_is_no_key_though_it_begins_like_one() -> None:
    page = '<div class="md-header-nav__button-close"></div>'
    assert not search("index.html", page)
    key = "md-" + word(chance("mandrill"), 22)
    assert [each.kind for each in search("mail.py", f"send('{key}')")] == ["mandrill-key"]


def test_a_bare_number_among_texts_is_no_signing_key() -> None:
    assert not search("notes.txt", 'render("x.html", {"SecretKey": 3600})\n')
    assert search(".env", "SECRET_KEY=3600\n")


def test_a_token_that_ends_before_its_signature_is_no_secret() -> None:
    whole = jwt({"sub": word(chance("who"), 16), "aud": "orders"})
    assert search("a.py", f'access_token = "{whole}"\n')
    assert not search("a.py", f'access_token = "{whole.rpartition(".")[0]}"\n')
