"""Secrets of password resets, where an API shows them: in its reply, in a header, or in a mailbox for developers."""

from __future__ import annotations

import hashlib
import itertools
import math
import re
import time
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import Operation
from ostiary.parts import role_fields as names
from ostiary.parts.role_words import listed, squeezed, words
from ostiary.parts.seen import codeflows, flows, tokens
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.doors import granted

MAILBOXES: Final = 3
_NAMED: Final = (names.TOKEN | names.CODE | names.BARE_CODE) - {"uid", "uidb64", "key"}
_LINKS: Final = frozenset(listed("link url reseturl resetlink href action actionurl location"))
_IN_LINK: Final = re.compile(
    r"[?&#;](?:[a-z_-]*token|code|otp|key|secret)=([^&\s\"'<>\\]{4,})|/reset[^/\s]*/([\w.~-]{6,})", re.IGNORECASE
)
_IN_TEXT: Final = re.compile(r"(?i)\b(?:token|code|otp|pin)\b\W{1,5}(?:is\W{1,3})?([A-Za-z0-9][\w.-]{3,})")
_MAIL: Final = frozenset(listed("mail mails mailbox email emails inbox outbox mailhog sentmail sentemails smtp sms"))
_DEEPEST: Final = 6
_CODE: Final = re.compile(r"\d{3,8}")
_PIN: Final = re.compile(r"\d{3}")  # what is called a code may be a status
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
ENOUGH: Final = 64  # bits that a guesser cannot try; OWASP asks for 128 in new tokens


class Secret(NamedTuple):
    """The secret of one reset, and where it was read."""

    text: str
    where: str  # "the reply", "the header location", "GET /outbox"
    answer: Answer
    operation: Operation  # which was asked for the reset
    begun: float  # seconds since the epoch, before it was asked for


async def asked(http: Http, account: Account) -> Secret:
    """Ask for a reset of an account of our own, and find its secret.

    :raises Unanswerable: when the API has no such operation, refuses it, or keeps the secret to the mailbox.
    """
    known = codeflows.senders(http, resets=True)
    why = "no operation asks for a password reset"
    for operation, version in [(each, some) for each in known[:2] for some in codeflows.versions(http, each)]:
        before = {text for text, _, _ in await _mailed(http, account)}
        begun = time.time()
        answer = await flows.sent(http, operation, account, more=version)
        if not granted(answer):
            why = f"{operation.key} answered {answer.status} for an account of our own"
            continue
        found = next(told(answer), None)
        if found is not None:
            return Secret(found[0], found[1], answer, operation, begun)
        mailed = await _mailed(http, account)
        fresh = next((each for each in mailed if each[0] not in before), None)
        if fresh is None and len({text for text, _, _ in mailed}) == 1:
            fresh = mailed[0]  # the same as before, or nobody can tell
        if fresh is not None:
            return Secret(fresh[0], fresh[1], fresh[2], operation, begun)
        why = f"{operation.key} shows its secret in no reply: only the mailbox has it"
    raise Unanswerable(why)


def has_reset(http: Http) -> bool:
    """Whether the document knows a password reset at all."""
    return http.api is None or any(each.role == "reset" for each in http.api.operations)


def told(answer: Answer) -> Iterator[tuple[str, str]]:
    """Secrets in a reply, and where in it."""
    for key, value in _leaves(parse(answer.body), "", 0):
        if key in _LINKS or "://" in value:
            yield from ((text, "a link in the reply") for text in _linked(value))
        elif _is_secret(key, value):
            yield value, "the reply"
    for name, value in answer.headers:
        if name == "location":
            yield from ((text, "the header location") for text in _linked(value))
        elif "reset" in name and _secret(value):
            yield value, f"the header {name}"


def _is_secret(key: str, value: str) -> bool:
    if key in _NAMED or (key.endswith("token") and key not in {"csrftoken", "xsrftoken"}):
        return _secret(value) or (key != "code" and _PIN.fullmatch(value) is not None)
    return False


def _linked(text: str) -> Iterator[str]:
    for match in _IN_LINK.finditer(text):
        yield unquote(match[1] or match[2])


def _secret(value: str) -> bool:
    return 3 < len(value) <= 4096 and " " not in value and not re.fullmatch(r"[*•.x]+", value)  # noqa: PLR2004


def _leaves(node: Any, key: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict) and depth < _DEEPEST:
        for name, value in node.items():
            yield from _leaves(value, squeezed(str(name)), depth + 1)
    elif isinstance(node, list) and depth < _DEEPEST:
        for value in node[:50]:
            yield from _leaves(value, key, depth + 1)
    elif isinstance(node, (str, int)) and not isinstance(node, bool):
        yield key, str(node)


async def _mailed(http: Http, account: Account) -> list[tuple[str, str, Answer]]:
    """What a mailbox has for our account, where the API itself has one: secrets, and where they were read."""
    reads = [each for each in http.operations if each.method == "GET" and "{" not in each.path]
    boxes = [each for each in reads if _MAIL & {squeezed(word) for word in words(each.path)}]
    found: list[tuple[str, str, Answer]] = []
    for operation in boxes[:MAILBOXES]:
        for who in dict.fromkeys((account.name, http.owner, "")):
            try:
                answer = await http.send_to(operation, identity=who, fresh=True)
            except Unanswerable:
                continue
            if not granted(answer):
                continue
            found += [(text, operation.key, answer) for text in _for_us(parse(answer.body), account)]
            if found:
                break
    return found


def _for_us(document: Any, account: Account) -> Iterator[str]:
    for message in _messages(document):
        text = " ".join(value for _, value in _leaves(message, "", 0))
        if any(each in text for each in (account.user, *_addresses(account))):
            yield from _linked(text)
            yield from (match[1] for match in _IN_TEXT.finditer(text))
            yield from (value for key, value in _leaves(message, "", 0) if key in _NAMED and _secret(value))


def _addresses(account: Account) -> list[str]:
    return [value for value in flows.values_of(account).values() if "@" in value]


def _messages(document: Any) -> Iterator[Any]:
    if isinstance(document, list):
        yield from document
    elif isinstance(document, dict):
        lists = [each for each in document.values() if isinstance(each, list)]
        yield from lists[0] if lists else [document]


def bits(text: str) -> float:
    """How many bits a random text of this alphabet and length holds at the most."""
    match = _UUID.fullmatch(text)
    if match is not None:
        return 122.0 if match[1] == "4" else 60.0
    if re.fullmatch(r"\d+", text):
        alphabet = 10
    elif re.fullmatch(r"[0-9a-f]+|[0-9A-F]+", text):
        alphabet = 16
    elif re.fullmatch(r"[0-9a-z]+|[0-9A-Z]+", text):
        alphabet = 36
    else:
        alphabet = 64
    return len(text) * math.log2(alphabet)


def structure(found: Sequence[Secret], account: Account) -> str:
    """What shows that secrets of resets could be worked out, or empty: nothing does."""
    texts = [each.text for each in found]
    made = _derived(account)
    for each in found:
        if each.text.lower() in made:
            return f"it is {made[each.text.lower()]}"
        plain = _decoded(each.text)
        named = any(name and name in plain for name in (account.user, *_addresses(account)))
        if named and tokens.find(each.text) is None and bits(_beside(plain, account)) < ENOUGH:
            return "it holds the account's name in the clear, and little besides"
        moments = {str(int(each.begun) + shift) for shift in range(-2, 6)}
        if any(moment in text for moment in moments for text in (each.text, plain)) and len(plain) < 32:  # noqa: PLR2004
            return "it holds the moment at which it was made, and little besides"
        match = _UUID.fullmatch(each.text)
        if match is not None and match[1] in "1267":
            return f"it is a UUID of version {match[1]}, made of a clock"
    if len(texts) > 1 and len(set(texts)) == 1:
        return "it is the same each time"
    if any(tokens.find(each) is not None for each in texts):
        return ""  # signed: what its signature is worth is judged with tokens
    return _counted(texts)


def _derived(account: Account) -> dict[str, str]:
    found = {}
    for name in dict.fromkeys(
        (account.user, account.user.lower(), *_addresses(account), *flows.values_of(account).values())
    ):
        data = name.encode()
        for how in ("md5", "sha1", "sha256"):
            found[hashlib.new(how, data, usedforsecurity=False).hexdigest()] = (
                f"the {how} of what the account is called"
            )
        for text in (b64encode(data), urlsafe_b64encode(data)):
            found[text.decode().lower()] = found[text.decode().rstrip("=").lower()] = "the account's name in base64"
        found[data.hex()] = "the account's name in hexadecimal"
    return found


def _decoded(text: str) -> str:
    for alphabet in (None, b"-_"):
        try:
            return b64decode(text + "=" * (-len(text) % 4), altchars=alphabet, validate=True).decode("ascii")
        except ValueError:
            continue
    try:
        return bytes.fromhex(text).decode("ascii")
    except ValueError:
        return text


def _beside(plain: str, account: Account) -> str:
    for name in (account.user, *_addresses(account)):
        plain = plain.replace(name, "")
    return plain


def _counted(texts: Sequence[str]) -> str:
    for base, form in ((10, r"\d+"), (16, r"[0-9a-fA-F]+")):
        if len(texts) > 2 and all(re.fullmatch(form, each) for each in texts):  # noqa: PLR2004 - two steps to compare
            steps = {int(b, base) - int(a, base) for a, b in itertools.pairwise(texts)}
            if len(steps) == 1 or (max(steps) < 1000 and min(steps) > 0):  # noqa: PLR2004 - and eight digits are a hundred million
                return "each is the one before and a little more"
    same = len(texts[0]) - len(texts[0].lstrip("0"))
    for at, chars in enumerate(zip(*texts, strict=False)):
        if len(set(chars)) > 1:
            same = at
            break
    rest = texts[0][same:]
    if len(texts) > 2 and same >= 4 and bits(rest) < ENOUGH and bits(texts[0]) >= ENOUGH:  # noqa: PLR2004
        return f"all begin with the same {same} characters, and only {bits(rest):.0f} bits differ"
    return ""


def is_code(text: str) -> bool:
    """Whether a secret is a short code, which stands by how often it may be tried."""
    return _CODE.fullmatch(text) is not None or bits(text) < 40  # noqa: PLR2004 - a trillion tries
