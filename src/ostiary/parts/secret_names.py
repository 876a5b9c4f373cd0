"""What a field is called tells what it holds: a password, another secret, a bearer token, a card number, a one-time code."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Final


def _listed(text: str) -> list[str]:
    return text.split()


_PASSWORDS: Final = _listed(
    "password passwd passwrd pwd passphrase passcode user_password user_pwd login_password admin_password current_password "
    "old_password new_password plain_password plaintext_password plain_text_password raw_password clear_password "
    "password_confirm password_confirmation confirm_password repeat_password password1 password2 password_1 password_2 "
    "password_hash password_hashed hashed_password hash_password encrypted_password password_encrypted crypted_password "
    "password_digest password_salt pass_hash passwd_hash pwd_hash pw_hash pw password_text db_password database_password "
    "smtp_password mysql_password postgres_password redis_password ldap_password account_password my_password"
)
_SECRETS: Final = _listed(
    "secret secrets client_secret api_secret app_secret consumer_secret shared_secret signing_secret webhook_secret "
    "hmac_secret jwt_secret totp_secret otp_secret mfa_secret two_factor_secret twofactor_secret session_secret oauth_secret "
    "secret_key secret_token secret_access_key aws_secret_access_key secret_key_base api_secret_key client_secret_key "
    "jwt_secret_key stripe_secret stripe_secret_key private_key priv_key signing_key encryption_key master_key "
    "recovery_codes backup_codes two_factor_recovery_codes mfa_recovery_codes api_key access_key auth_key access_token "
    "refresh_token auth_token session_token reset_token password_reset_token reset_password_token confirmation_token "
    "verification_token remember_token bearer_token api_token session_id session_key otp totp otp_code cvv cvc card_cvv card_cvc cvv2 cvc2 pin"
)
_CARDS: Final = _listed(
    "card_number credit_card credit_card_number debit_card debit_card_number cc_number cc_num card_no card_num card_pan pan "
    "primary_account_number credit_card_no"
)
_BESIDE_A_CARD: Final = _listed(  # where one of these stands beside it, "number" is a card's
    "exp_month exp_year expiry expiry_date expiration_date expiry_month expiry_year valid_thru card_holder cardholder_name"
)
_SHORT: Final = frozenset(
    {"otp", "totp", "otpcode", "cvv", "cvc", "cardcvv", "cardcvc", "cvv2", "cvc2", "pin"}
)  # secret at any length
# Ends of names whose value, if it is a JWT, is somebody's credential; and beginnings of those that are made for anyone.
_BEARING: Final = ("token", "jwt", "bearer", "authorization")
_PUBLIC: Final = (
    "csrf",
    "xsrf",
    "page",
    "nextpage",
    "cursor",
    "continuation",
    "upload",
    "download",
    "push",
    "device",
    "share",
)


def flat(name: str) -> str:
    """The spelling in which names are compared: without case, dashes, underscores, blanks and dots."""
    return name.lower().replace("_", "").replace("-", "").replace(" ", "").replace(".", "")


def spelt(names: Iterable[str]) -> re.Pattern[bytes] | None:
    """What finds these names between quotes in a document, in any spelling that `flat` takes for the same."""
    each = "|".join("[-_ .]*".join(map(re.escape, flat(name))) for name in names if flat(name))
    return re.compile(f'"[-_ .]*(?:{each})[-_ .]*"'.encode(), re.IGNORECASE) if each else None


PASSWORDS: Final = frozenset(map(flat, _PASSWORDS))
SECRETS: Final = frozenset(map(flat, _SECRETS))
CARDS: Final = frozenset(map(flat, _CARDS))
BESIDE_A_CARD: Final = frozenset(map(flat, (*_BESIDE_A_CARD, "cvv", "cvc")))
# As they stand between quotes in a lower-cased document, in snake, camel and kebab case.
TELLING: Final = frozenset(
    spelling
    for name in (*_PASSWORDS, *_SECRETS, *_CARDS, *_BESIDE_A_CARD)
    for spelling in (name, name.replace("_", ""), name.replace("_", "-"))
)
_LONGEST: Final = 64  # characters; no such name is longer


@functools.lru_cache(maxsize=4096)
def kind_of(name: str) -> str:
    """``password``, ``secret``, ``card``, ``jwt`` (if the value is one) or nothing, by a field's name."""
    if len(name) > _LONGEST:
        return ""
    plain = flat(name)
    if plain in PASSWORDS:
        return "password"
    if plain in SECRETS:
        return "secret"
    if plain in CARDS:
        return "card"
    return "jwt" if plain.endswith(_BEARING) and not plain.startswith(_PUBLIC) else ""


def is_short(name: str) -> bool:
    """Whether a value of that name is secret at any length."""
    return flat(name) in _SHORT
