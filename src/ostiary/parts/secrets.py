"""Secrets in documents that are about to leave: by the name of the field, by the shape of the value."""

from __future__ import annotations

import functools
import re
from typing import Any, Final

from ostiary.errors import Denied
from ostiary.model import Exchange
from ostiary.parts import body as bodies
from ostiary.parts.schema import searcher

HIDDEN: Final = "***"

_PASSWORDS: Final = [
    "password",
    "passwd",
    "passwrd",
    "pwd",
    "passphrase",
    "passcode",
    "user_password",
    "user_pwd",
    "login_password",
    "admin_password",
    "current_password",
    "old_password",
    "new_password",
    "plain_password",
    "plaintext_password",
    "plain_text_password",
    "raw_password",
    "clear_password",
    "password_confirm",
    "password_confirmation",
    "confirm_password",
    "repeat_password",
    "password1",
    "password2",
    "password_1",
    "password_2",
    "password_hash",
    "password_hashed",
    "hashed_password",
    "hash_password",
    "encrypted_password",
    "password_encrypted",
    "crypted_password",
    "password_digest",
    "password_salt",
    "pass_hash",
    "passwd_hash",
    "pwd_hash",
    "pw_hash",
    "pw",
    "password_text",
    "db_password",
    "database_password",
    "smtp_password",
    "mysql_password",
    "postgres_password",
    "redis_password",
    "ldap_password",
    "account_password",
    "my_password",
]
_SECRETS: Final = [
    "secret",
    "secrets",
    "client_secret",
    "api_secret",
    "app_secret",
    "consumer_secret",
    "shared_secret",
    "signing_secret",
    "webhook_secret",
    "hmac_secret",
    "jwt_secret",
    "totp_secret",
    "otp_secret",
    "mfa_secret",
    "two_factor_secret",
    "twofactor_secret",
    "session_secret",
    "oauth_secret",
    "secret_key",
    "secret_token",
    "secret_access_key",
    "aws_secret_access_key",
    "secret_key_base",
    "api_secret_key",
    "client_secret_key",
    "jwt_secret_key",
    "stripe_secret",
    "stripe_secret_key",
    "private_key",
    "priv_key",
    "signing_key",
    "encryption_key",
    "master_key",
    "recovery_codes",
    "backup_codes",
    "two_factor_recovery_codes",
    "mfa_recovery_codes",
    "api_key",
    "access_key",
    "auth_key",
    "access_token",
    "refresh_token",
    "auth_token",
    "session_token",
    "reset_token",
    "password_reset_token",
    "reset_password_token",
    "confirmation_token",
    "verification_token",
    "remember_token",
    "bearer_token",
    "api_token",
    "session_id",
    "session_key",
    "otp",
    "totp",
    "otp_code",
    "cvv",
    "cvc",
    "card_cvv",
    "pin",
]


def _flat(name: str) -> str:
    """Names are compared without case, dashes, underscores, blanks and dots."""
    return name.lower().replace("_", "").replace("-", "").replace(" ", "").replace(".", "")


PASSWORDS: Final = frozenset(map(_flat, _PASSWORDS))
SECRETS: Final = frozenset(map(_flat, _SECRETS))
# As they stand between quotes in a lower-cased document, in snake, camel and kebab case.
_TELLING: Final = frozenset(
    spelling
    for name in (*_PASSWORDS, *_SECRETS, "token", "jwt")
    for spelling in (name, name.replace("_", ""), name.replace("_", "-"))
)
_SHORT: Final = frozenset({"otp", "totp", "otpcode", "cvv", "cvc", "cardcvv", "pin"})  # secret at any length
_SHORTEST: Final = 8  # characters; shorter values under a secret's name are rather labels
_HASH: Final = re.compile(
    r"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id|i|d)\$|(?:pbkdf2|bcrypt)[_:]sha\d{1,3}[$:]|scrypt:\d+:\d+:\d+\$|"
    r"\$(?:1|5|6|y|gy|7|apr1)\$[^\s$]{1,64}\$|\{(?:SSHA|SHA|SMD5|SSHA256|SSHA512)\}[A-Za-z0-9+/=]{24}"
)
_KEYS: Final = re.compile(
    r"-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{60}|\bglpat-[\w-]{20}|"
    r"\bxox[abprs]-[0-9A-Za-z-]{20}|\b[sr]k_live_[0-9A-Za-z]{20}|\bSG\.[\w-]{20,24}\.[\w-]{39}"
)
_DSN: Final = re.compile(r"(\b[a-z][a-z0-9+]{1,20}://[^\s:/@]{0,200}:)[^\s:/@]{1,200}(?=@)", re.IGNORECASE)
_NEEDLES: Final = ("_live_", "ghp_", "github_pat_", "glpat-", "xox", "{s")
_tells: Final = searcher(
    f'"(?:{"|".join(map(re.escape, sorted(_TELLING)))})"|{"|".join(map(re.escape, _NEEDLES))}|[$\\\\]'
)
_JWT: Final = re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*")


def may_hold_one(body: bytes) -> bool:
    """Whether a JSON document is worth parsing: no name and no shape that is known here escapes this look.

    Strings are what stands between quotes; where a backslash makes that doubtful, the answer is yes.
    """
    low = body.lower().decode("latin-1")
    return _tells(low) or ("@" in low and "://" in low)


@functools.lru_cache(maxsize=4096)
def kind_of(name: str) -> str:
    """``password``, ``secret`` or nothing, by a field's name."""
    if len(name) > 64:  # noqa: PLR2004 - no such name is that long
        return ""
    flat = _flat(name)
    if flat in PASSWORDS:
        return "password"
    if flat in SECRETS:
        return "secret"
    return "jwt" if flat in {"token", "jwt"} else ""


def is_secret(kind: str, name: str, value: Any, *, error: bool) -> bool:
    """Whether this value under a name of that kind is the secret itself, not a message, a flag or a rule about it."""
    if isinstance(value, str):
        if not value or value.strip("*•") == "":
            return False
        if error and " " in value:
            return False  # "password": "must have 12 characters"
        if kind == "password":
            return not value.startswith("/")  # pwd: a folder
        if kind == "jwt":
            return _JWT.fullmatch(value) is not None
        return len(value) >= _SHORTEST or _flat(name) in _SHORT
    return kind == "password" and isinstance(value, int) and not isinstance(value, bool) and not error


def without_shapes(value: str, *, keys: bool) -> str:
    """The value, or what may be shown of it: a password hash never, with `keys` no private key or provider's token either."""
    if _HASH.match(value) or (keys and _KEYS.search(value)):
        return HIDDEN
    return _DSN.sub(rf"\1{HIDDEN}", value) if keys and "://" in value and "@" in value else value


_MEMBER: Final = re.compile(r'"([^"\\]{1,64})"\s{0,20}:\s{0,20}"([^"\\]{1,1000})"')
_FEWEST: Final = 4  # characters; hiding a shorter value would riddle the message
_MOST_SUBMITTED: Final = 20


def submitted_secrets(exchange: Exchange) -> tuple[str, ...]:
    """What a request's body holds under names of secrets, longest first; an error must not repeat it."""
    pairs: list[tuple[str, str]] = []
    try:
        stack = [("", bodies.document(exchange))]
    except Denied:  # unreadable, and all the likelier to be quoted
        stack = []
        pairs = _MEMBER.findall(exchange.body[:65536].decode("utf-8", "replace"))
    while stack and len(pairs) < 1000:  # noqa: PLR2004 - the rest of such a document is data
        name, value = stack.pop()
        if isinstance(value, dict):
            stack += [(str(key), each) for key, each in value.items()]
        elif isinstance(value, list):
            stack += [each if _is_field(each) else (name, each) for each in value]
        elif isinstance(value, str):
            pairs.append((name, value))
    found = {value for name, value in pairs if len(value) >= _FEWEST and kind_of(name)}
    return tuple(sorted(found, key=len, reverse=True)[:_MOST_SUBMITTED])


def _is_field(value: Any) -> bool:
    """A form's documents are (name, text) pairs."""
    return isinstance(value, tuple) and len(value) == 2  # noqa: PLR2004
