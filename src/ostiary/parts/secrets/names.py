"""What a variable is called tells what it should hold: a password, a key, a token, a salt, or only something about one."""

from __future__ import annotations

import functools
import re
from typing import Final, NamedTuple

from ostiary.parts.secrets.formats import PAYMENT_PROVIDERS
from ostiary.parts.secrets.listing import listed

_WORDS: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_PASSWORDS: Final = frozenset(
    listed(
        "password passwd passwort passphrase pwd passcode pswd passwrd userpassword dbpassword dbpasswd dbpass dbpwd userpass rootpassword "
        "adminpassword mysqlpassword smtppassword mailpassword storepassword keypassword pgpassword pgpass senha contrasena masterpassword "
        "keystorepassword truststorepassword bindpassword motdepasse wachtwoord"
    )
)
_PASS: Final = frozenset({"pass", "pw"})  # too short to be believed without another word
_SECRETS: Final = frozenset(
    listed(
        "secret secretkey clientsecret appsecret apisecret sharedsecret secretaccesskey consumersecret signingsecret webhooksecret jwtsecret "
        "sessionsecret cookiesecret authsecret tokensecret hmacsecret secrets"
    )
)
_KEYS: Final = frozenset(
    listed(
        "apikey accesskey privatekey secretkey encryptionkey signingkey authkey masterkey privkey appkey apitoken servicekey licensekey "
        "accountkey jwtkey aeskey hmackey sharedkey sharedaccesskey merchantkey deploykey subscriptionkey cryptokey cipherkey"
    )
)
_TOKENS: Final = frozenset(
    listed("token authtoken accesstoken refreshtoken bearertoken apitoken bearer jwt pat usertoken bottoken")
)
_CREDENTIALS: Final = frozenset(listed("credential credentials creds cred auth authorization basicauth"))
_BEFORE_KEY: Final = frozenset(
    listed(
        "api secret access private signing sign encryption encrypt decryption crypt crypto master auth service server shared account subscription "
        "app application jwt jws jwe jwk aes hmac des rsa ecdsa ed25519 cipher session cookie merchant admin webhook deploy ssh pgp gpg stripe "
        "function write integration license secure security token authentication authorization rest live prod production working checksum fernet "
        "rails django flask laravel storage blob cosmos search maps sendgrid mailgun twilio openai anthropic gemini aws gcp azure google cloud host "
        "project user sdk hash salt payment gateway payu paytm razorpay consumer trans transaction base"
    )
)
_NOT_BEFORE_KEY: Final = frozenset(
    listed(
        "public publishable primary foreign sort partition row cache object map dict storage_local local config i18n translation site hot "
        "idempotency unique index range shard group routing registry sequence json yaml xml env param query header field column form hkey"
    )
)
_NEVER_BEFORE_KEY: Final = frozenset(listed("public publishable local cache translation i18n"))
_NOT_BEFORE_TOKEN: Final = frozenset(
    listed(
        "middleware next page csrf xsrf continuation cursor sync cancel cancellation stop start end eos bos pad unk sep cls mask special separator lexer "
        "design syntax parse word max min num count invalid unexpected first last previous prev current total input output prompt completion"
        " pagination antiforgery verification injection di symbol color theme text string number new comment open close begin delimiter"
    )
)
_AFTER: Final = frozenset(
    listed(
        "value default prod production dev development test testing staging stage live local string str text plain b64 base64 hex new old main primary "
        "secondary backup raw current env qa uat sandbox const constant literal data var base key bytes buf seed"
    )
)  # words that may follow, and it is the secret still
_HASHES: Final = frozenset(
    listed(
        "hash hashed hashes encrypted sha sha1 sha256 md5 checksum digest integrity etag commit revision fingerprint thumbprint sum"
    )
)
_PAYING: Final = (
    frozenset(listed("payment payments pay merchant gateway checkout txn transaction pg")) | PAYMENT_PROVIDERS
)
_MOST: Final = 8  # words of a name
_LONGEST: Final = 120  # characters


class Meaning(NamedTuple):
    """What a name says; ``kind``: password, secret, key, token, credential, salt, or nothing."""

    kind: str
    words: tuple[str, ...] = ()
    payment: bool = False
    signs: bool = False  # the application signs or encrypts with it: any fixed value is a fault
    joined: str = ""


_NOTHING: Final = Meaning("")


@functools.lru_cache(maxsize=16_384)
def meaning(name: str) -> Meaning:
    """What a name says about its value; something about a secret (its length, file, field, error) is nothing."""
    words = tuple(each.lower() for each in _WORDS.findall(name[-_LONGEST:]))[-_MOST:]
    while words and (words[-1].isdigit() or (words[-1] in _AFTER and words[-1] != "key")):
        words = words[:-1]
    if not words or _HASHES & set(words):
        return _NOTHING
    kind = _kind(words)
    if not kind:
        return _NOTHING
    payment = bool(_PAYING & set(words)) or any(
        each in "".join(words) for each in ("payu", "paytm", "razorpay", "ccavenue", "cashfree")
    )
    return Meaning(kind, words, payment, kind in {"secret", "key"} and _signs(words), "_".join(words))


def _kind(words: tuple[str, ...]) -> str:
    last, before = words[-1], frozenset(words[:-1])
    joined = "".join(words[-2:])
    if last in _PASSWORDS or joined in _PASSWORDS:
        return (
            "password"
            if not before & {"forgot", "reset", "change", "show", "hide", "toggle", "confirm", "no", "not"}
            else ""
        )
    if last in _PASS and before:
        return (
            "password"
            if not before & {"low", "high", "band", "by", "first", "second", "render", "two", "one", "single"}
            else ""
        )
    if last in {"salt", "salts"} or (last == "key" and words[-2:-1] == ("salt",)) or joined in {"saltkey", "hashseed"}:
        return "salt"
    if last in _SECRETS or (last == "base" and "secret" in before):
        return "secret"
    if last == "key":
        return _of_key(words[:-1])
    if last in _KEYS:
        return "key" if not before & _NOT_BEFORE_KEY else ""
    if last in _TOKENS:
        return "token" if not set(words[-2:-1]) & _NOT_BEFORE_TOKEN else ""
    if last in _CREDENTIALS:
        return "credential" if not before & {"has", "is", "use", "no", "with", "require", "requires"} else ""
    return ""


def _of_key(before: tuple[str, ...]) -> str:
    if "secret" in before:
        return "secret"
    if not before or before[-1] in _NOT_BEFORE_KEY or set(before) & _NEVER_BEFORE_KEY:
        return ""
    return "key" if before[-1] in _BEFORE_KEY else ""


_SIGNING: Final = frozenset(listed("jwt jws jwe signing sign hmac encryption encrypt crypto aes cipher fernet"))
_WITH_SECRET: Final = _SIGNING | frozenset(
    listed("session cookie app application flask django rails auth token master")
)


def _signs(words: tuple[str, ...]) -> bool:
    """``SECRET_KEY``, ``JWT_SECRET``, ``sessionSecret``, ``encryption_key``."""
    if words[-1] == "base" or words[-2:] == ("secret", "key") or words[-1] == "secretkey":
        return len(words) == 2 or words[-1] != "key" or bool(set(words) & _WITH_SECRET)  # noqa: PLR2004 - SECRET_KEY alone
    joined = words[-1].removesuffix("secret").removesuffix("key")
    return bool({*words[:-1], joined} & (_WITH_SECRET if words[-1].endswith("secret") else _SIGNING))
