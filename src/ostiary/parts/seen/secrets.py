"""Secrets in replies: by the name of a field, by the shape of a value; what is masked already is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ostiary.evidence import Answer
from ostiary.parts.seen.bodies import NOT_JSON, parse

_PASSWORD: Final = re.compile(
    r"(?:user|account|login|admin|current|old|new|plain(?:text)?|raw|clear(?:text)?|encrypted|hashed|crypted|my|db|database|smtp)?"
    r"(?:pass(?:word|wd|phrase|code)|pwd|pw)"
    r"(?:hash(?:ed)?|digest|salt|encrypted|plain|clear|confirm(?:ation)?|again|2)?"
)
_SECRET: Final = re.compile(
    r"(?:client|api|app|consumer|shared|signing|webhook|hmac|jwt|totp|otp|mfa|twofactor|2fa|session|oauth|aws|stripe)?"
    r"(?:secret(?:key|token|accesskey)?|privatekey|signingkey|encryptionkey|masterkey|secretkeybase|recoverycodes?|backupcodes?)"
)
_TOKEN: Final = re.compile(
    r"(?:access|refresh|auth|session|reset|passwordreset|bearer|remember|api)token|apikey|accesskey|sessionid"
)
_SHAPES: Final = (
    ("a password hash", re.compile(r"\$2[abxy]\$\d{2}\$[./A-Za-z0-9]{53}")),
    ("a password hash", re.compile(r"\$argon2(?:id|i|d)\$v=\d+\$m=\d+")),
    ("a password hash", re.compile(r"(?:pbkdf2_sha(?:1|256|512)|pbkdf2:sha(?:1|256|512)(?::\d+)?|bcrypt(?:_sha256)?|scrypt:\d+:\d+:\d+)\$\S{16,}")),
    ("a password hash", re.compile(r"\$(?:1|5|6|y|7|apr1)\$[^\s$]{1,64}\$[./A-Za-z0-9]{22,}")),
    ("a password hash", re.compile(r"\{(?:SSHA|SHA|SMD5|SSHA256|SSHA512)\}[A-Za-z0-9+/=]{24,}")),
    ("a private key", re.compile(r"-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----")),
    ("a GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})")),
    ("a GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}")),
    ("a Slack token", re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{20,}")),
    ("a Stripe secret key", re.compile(r"\b[sr]k_(?:live|test)_[0-9A-Za-z]{20,}")),
    ("a SendGrid key", re.compile(r"\bSG\.[\w-]{20,24}\.[\w-]{39,50}")),
    ("a connection string with its password", re.compile(r"\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqps?)://[^\s:/@]+:[^\s:/@*]{3,}@")),
)  # fmt: skip
_JWT: Final = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}")
_MASKED: Final = re.compile(r"\W*|[*•x.#_-]{3,}|.{0,8}[*•]{3,}.{0,8}|[\[<(]?\W*(?:filtered|redacted|hidden|masked|removed|none|null|write.?only)\W*[\])>]?", re.IGNORECASE)  # fmt: skip
_AROUND_LOGIN: Final = re.compile(
    r"log-?in|sign-?in|sign-?up|register|token|session|auth|oauth|refresh|credential|api-?key|keys|secret|webhook|mfa|otp|2fa",
    re.IGNORECASE,
)


class Leak(NamedTuple):
    """What a reply gives away, and where in the document (JSON pointer); ``kind``: password, secret, token, shape."""

    pointer: str
    what: str
    kind: str


def leaks(document: Any, *, issuing: bool = False) -> list[Leak]:
    """Every secret in a reply's document; an operation that issues tokens may return tokens and new secrets.

    :param issuing: whether this reply hands out a secret on purpose: then only passwords and hashes count.
    """
    found = []
    for pointer, name, value in _fields(document):
        kind, what = _judge(name, value)
        if kind and not (issuing and kind in {"token", "secret", "issued"}):
            found.append(Leak(pointer, what, kind))
    return found


def _judge(name: str, value: str) -> tuple[str, str]:
    flat = re.sub(r"[^a-z0-9]", "", name.lower())
    if not _MASKED.fullmatch(value):
        if _PASSWORD.fullmatch(flat) and not _is_sentence(value) and not value.startswith("/"):
            return "password", f"{name!r} holds a value"
        if _SECRET.fullmatch(flat) and not _is_sentence(value):
            return "secret", f"{name!r} holds a value"
        if _TOKEN.fullmatch(flat) and len(value) >= 12 and not _is_sentence(value):  # noqa: PLR2004
            return "token", f"{name!r} holds a value"
        if flat in {"token", "jwt"} and _JWT.fullmatch(value):
            return "token", f"{name!r} holds a JWT"
    for what, shape in _SHAPES:
        if shape.search(value):
            return ("shape" if what == "a password hash" else "issued"), f"{name!r} holds {what}"
    return "", ""


def _is_sentence(value: str) -> bool:
    return " " in value.strip() and not value.startswith("-----BEGIN")


def _fields(document: Any) -> Iterator[tuple[str, str, str]]:
    stack: list[tuple[str, str, Any]] = [("", "", document)]
    left = 20_000  # values; a reply is cut long before
    while stack and left:
        left -= 1
        pointer, name, value = stack.pop()
        if isinstance(value, dict):
            stack += [(f"{pointer}/{key}", str(key), each) for key, each in value.items()]
        elif isinstance(value, list):
            stack += [(f"{pointer}/{at}", name, each) for at, each in enumerate(value)]
        elif isinstance(value, str) and value:
            yield pointer, name, value


def issued_token(answer: Answer) -> bool:
    """Whether a reply's document hands out a token."""
    document = parse(answer.body)
    if document is NOT_JSON:
        return False
    return any(leak.kind == "token" for leak in leaks(document))


def issues(method: str, target: str, name: str = "") -> bool:
    """Whether an operation looks like one that hands out credentials; creating (POST) may show a secret once."""
    return method == "POST" or _AROUND_LOGIN.search(f"{target.partition('?')[0]} {name}") is not None


def is_password_name(name: str) -> bool:
    """Whether a field of that name holds a password or its hash."""
    return _PASSWORD.fullmatch(re.sub(r"[^a-z0-9]", "", name.lower())) is not None
