"""Keys and files that were never meant to be published, told from examples, test keys and keys that are public by design."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final, NamedTuple

_KEYS: Final = (
    ("an AWS access key id", re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b")),
    ("a private key", re.compile(r"-----BEGIN (?:RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----[\s\\nr]+[A-Za-z0-9+/=\s\\]{100,}")),
    ("a GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b")),
    ("a GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20}(?![A-Za-z0-9_-])")),
    ("a Slack token", re.compile(r"\bxox[abprs]-[0-9]{8,}-[0-9A-Za-z-]{12,}")),
    ("a Slack webhook", re.compile(r"https://hooks\.slack\.com/services/T[A-Z0-9]{7,}/B[A-Z0-9]{7,}/[A-Za-z0-9]{20,}")),
    ("a Stripe secret key", re.compile(r"\b[sr]k_live_[0-9A-Za-z]{20,}\b")),
    ("a SendGrid key", re.compile(r"\bSG\.[\w-]{22}\.[\w-]{43}\b")),
    ("an npm token", re.compile(r"\bnpm_[A-Za-z0-9]{36}\b")),
    ("a PyPI token", re.compile(r"\bpypi-AgE[A-Za-z0-9_-]{50,}")),
    ("a DigitalOcean token", re.compile(r"\bdo[opr]_v1_[a-f0-9]{64}\b")),
    ("a Shopify token", re.compile(r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b")),
    ("an Anthropic key", re.compile(r"\bsk-ant-[A-Za-z0-9_-]{40,}")),
    ("an OpenAI key", re.compile(r"\bsk-(?:proj-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}")),
    ("an Azure storage key", re.compile(r"\bAccountKey=[A-Za-z0-9+/]{86}==")),
    ("a connection string with its password", re.compile(r"\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?)(?:\+\w+)?://[^\s:/@\"'<>{}$]{0,60}:([^\s:/@\"'<>{}$*]{6,80})@(?!localhost|127\.|host\b|db\.example)[\w.-]+")),
)  # fmt: skip
_PLACEHOLDER: Final = re.compile(
    r"example|x{5,}|\*{3,}|\.{3,}|your|dummy|change.?me|placeholder|sample|redacted|0{8,}|12345678|abcdefgh|fake|foobar|passw|secret\b|user:pass",
    re.IGNORECASE,
)
_LEAST_ENTROPY: Final = 3.0  # bits a character; words and repetitions have less, random keys more
_LARGEST: Final = 1 << 20  # characters looked at
_ENV: Final = re.compile(r"^(?:export\s+)?([A-Z][A-Z0-9_]{2,60})\s*=\s*[\"']?([^\s\"'#]*)", re.MULTILINE)
_SECRET_NAME: Final = re.compile(
    r"(?:SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|DATABASE_URL|DSN)(?:$|_)"
)
_PUBLIC_NAME: Final = re.compile(
    r"^(?:NEXT_PUBLIC|VITE|REACT_APP|PUBLIC|EXPO_PUBLIC|GATSBY|NUXT_PUBLIC)_|PUBLISHABLE|PUBLIC_?KEY"
)
_LEAST_ENV: Final = 2  # assignments


class Exposed(NamedTuple):
    """What lies open; ``grave``: a secret, not only what may lead to one."""

    what: str
    grave: bool = True


def keys(text: str) -> list[str]:
    """The kinds of live-looking keys in a text."""
    found = []
    for kind, shape in _KEYS:
        for match in shape.finditer(text[:_LARGEST]):
            value = match[match.lastindex or 0]
            if _is_live(value):
                found.append(f"{kind} of {len(value)} characters")
                break
    return found


def _is_live(value: str) -> bool:
    if _PLACEHOLDER.search(value):
        return False
    counted = Counter(value)
    entropy = -sum(each / len(value) * math.log2(each / len(value)) for each in counted.values())
    return entropy >= (_LEAST_ENTROPY if len(value) >= 16 else 2.0)  # noqa: PLR2004 - short ones have less room


def environment(text: str) -> Exposed | None:
    """A file of settings for a process's environment."""
    if text.lstrip()[:1] in {"<", "{", "["}:
        return None
    set_ = [(name, value) for name, value in _ENV.findall(text[:_LARGEST])]
    if len(set_) < _LEAST_ENV:
        return None
    secret = [
        name for name, value in set_
        if _SECRET_NAME.search(name) and not _PUBLIC_NAME.search(name) and len(value) >= 6 and not _PLACEHOLDER.search(value)  # noqa: PLR2004
        and not value.startswith(("sk_test_", "pk_"))
    ]  # fmt: skip
    if secret:
        return Exposed(f"the environment of a process, with {', '.join(secret[:4])}")
    return Exposed(f"the environment of a process ({len(set_)} settings)", grave=False)


def git_head(text: str) -> Exposed | None:
    """The branch that a git repository stands at."""
    is_head = re.fullmatch(r"(?:ref: refs/heads/[\w./-]{1,100}|[0-9a-f]{40})\s*", text)
    return Exposed("a git repository, from which the whole source can be read", grave=False) if is_head else None


def git_config(text: str) -> Exposed | None:
    """A git repository's settings."""
    if not re.search(r"^\[core\]\s*$", text, re.MULTILINE):
        return None
    secret = re.search(r"^\s*url\s*=\s*https?://[^\s/:@]*:[^\s/@]{6,}@", text, re.MULTILINE)
    return Exposed("a git repository's settings" + (", with a password in an address" if secret else ""), bool(secret))


def aws_credentials(text: str) -> Exposed | None:
    """AWS's file of credentials."""
    secret = re.search(r"^\s*aws_secret_access_key\s*=\s*([A-Za-z0-9/+=]{40})\s*$", text, re.MULTILINE)
    return Exposed("credentials for AWS") if secret and _is_live(secret[1]) else None


def private_key(text: str) -> Exposed | None:
    """A private key in PEM."""
    begins = text.lstrip().startswith("-----BEGIN ") and "PRIVATE KEY-----" in text[:80]
    return Exposed("a private key") if begins else None


def registry(text: str) -> Exposed | None:
    """A package manager's settings with its token."""
    secret = re.search(r":_authToken\s*=\s*([^\s$]{12,})", text)
    return Exposed("a token of a package registry") if secret and _is_live(secret[1]) else None


def passwords(text: str) -> Exposed | None:
    """A web server's file of passwords."""
    is_file = re.match(r"[\w.@-]{1,60}:(?:\$(?:apr1|2[aby]|5|6)\$|\{SHA\})\S{16,}\s*$", text, re.MULTILINE)
    return Exposed("hashes of passwords") if is_file else None


PLACES: Final = (
    ("/.env", environment),
    ("/.env.production", environment),
    ("/.env.local", environment),
    ("/.git/HEAD", git_head),
    ("/.git/config", git_config),
    ("/.aws/credentials", aws_credentials),
    ("/.npmrc", registry),
    ("/.htpasswd", passwords),
    ("/id_rsa", private_key),
    ("/server.key", private_key),
)
