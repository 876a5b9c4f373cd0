"""What some secrets look like, wherever they stand: password hashes, private keys, providers' tokens, passwords in URLs."""

from __future__ import annotations

import re
from typing import Final

from ostiary.parts import card_numbers

HIDDEN: Final = "[redacted]"

# A whole value that begins so is a stored password (PHC strings, crypt(3), Django, Werkzeug, passlib, LDAP).
_HASHES: Final = (
    r"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id|i|d)\$v?|(?:pbkdf2|bcrypt)[_:]sha\d{1,3}[$:]|scrypt:\d+:\d+:\d+\$|"
    r"\$scrypt\$ln=|\$(?:1|5|6|y|gy|7|apr1)\$[^\s$]{1,64}\$|\$pbkdf2(?:-sha\d{1,3})?\$\d|"
    r"\{(?:SSHA|SHA|SMD5|SSHA256|SSHA512|CRYPT)\}[A-Za-z0-9+/=$.]{13}"
)
_HASH: Final = re.compile(_HASHES)
# The same inside of a text, where only the long and unmistakable ones count.
_HASH_WITHIN: Final = re.compile(
    r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id|i|d)(?:\$v=\d+)?\$[mtp]=\d+[mtp=,\d]{0,40}\$[A-Za-z0-9+/]{8,200}\$[A-Za-z0-9+/]{16,200}|"
    r"pbkdf2(?:_|:)sha\d{1,3}[$:]\d+\$[^\s\"'<>,;]{20,200}|\$(?:5|6)\$[^\s$]{1,64}\$[./A-Za-z0-9]{43,86}|"
    r"\$(?:1|apr1)\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}(?![./A-Za-z0-9])"
)
# To its end line, or where it has none to the end of the text.
_PEM: Final = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:.{0,20000}?-----END [A-Z0-9 ]{3,40}-----|.*)",
    re.DOTALL,
)
# Formats that providers document, each with a prefix of its own; public by design are not among them (Google's AIza keys).
_ISSUED: Final = re.compile(
    r"\bgh[pousr]_[A-Za-z0-9]{36,255}|\bgithub_pat_[A-Za-z0-9_]{60,255}|\bgl(?:pat|dt|rt|cbt|ptt|ft)-[\w-]{20,64}|"
    r"\bxox[abeprs]-[0-9A-Za-z-]{20,255}|\bxapp-\d-[0-9A-Za-z-]{20,255}|\b[sr]k_live_[0-9A-Za-z]{20,255}|\bwhsec_[A-Za-z0-9+/]{24,88}={0,2}|"
    r"\bSG\.[\w-]{20,24}\.[\w-]{39,50}|\b(?:A3T[A-Z0-9]|AKIA|ASIA)[A-Z2-7]{16}\b|\bGOCSPX-[\w-]{20,40}|\bya29\.[\w-]{30,400}|"
    r"\bnpm_[A-Za-z0-9]{36}\b|\bpypi-AgE[\w-]{50,300}|\bdo[opr]_v1_[0-9a-f]{64}\b|\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b|"
    r"\bsk-(?:ant|proj|svcacct)-[\w-]{20,250}|\bsk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|\bhvs\.[\w-]{24,200}|\bhf_[A-Za-z]{34}\b|"
    r"\bdapi[0-9a-f]{32}\b|\blin_api_[A-Za-z0-9]{40}\b|\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b|\b\d{8,10}:AA[\w-]{33}\b|"
    r"\bAccountKey=[A-Za-z0-9+/]{80,90}={0,2}|\bhooks\.slack\.com/services/T\w{8,12}/B\w{8,12}/\w{20,30}"
)
_DSN: Final = re.compile(r"(\b[a-z][a-z0-9+]{1,20}://[^\s:/@]{0,200}:)[^\s:/@]{1,200}(?=@)", re.IGNORECASE)
_DIGITS: Final = re.compile(r"\d{3}[ -]?\d{4}")
_JWT: Final = re.compile(r"(?:Bearer )?eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*")

# For one look at a document: whatever one of the above could begin with. Names are asked for beside it.
NEEDLES: Final = (
    r"\$(?:2[abxy]?|1|5|6|y|gy|7|apr1|argon2(?:id|i|d)|scrypt|pbkdf2[a-z0-9-]*)\$|(?:pbkdf2|bcrypt)[_:]sha|scrypt:[0-9]|"
    r"\{(?:S|CRYPT)|PRIVATE KEY|gh[pousr]_[A-Za-z0-9]|github_pat_|gl[a-z]+-|xox[a-z]-|xapp-|[sr]k_live_|whsec_|SG\.|"
    r"A(?:3T.|KIA|SIA)[A-Z2-7]{8}|GOCSPX-|ya29\.|npm_|pypi-AgE|do[opr]_v1_|shp(?:at|ca|pa|ss)_|sk-(?:ant|proj|svcacct)-|T3BlbkFJ|"
    r"hvs\.|hf_[A-Za-z]|dapi[0-9a-f]|lin_api_|AGE-SECRET|:AA|AccountKey=|hooks\.slack|eyJ[A-Za-z0-9_-]+\.eyJ|"
    r"[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}|3[0-9]{3}[ -][0-9]{6}[ -][0-9]|(?:[Cc]ard|CARD|[Vv]isa|VISA|[Aa]mex|AMEX|[Mm]aestro|"
    r"MAESTRO|[Pp]an|PAN)[^0-9]*[0-9]{13}"
)


def is_jwt(value: str) -> bool:
    """Whether a value is a JWT and nothing else, as it is or as a bearer credential."""
    return _JWT.fullmatch(value) is not None


def without_shapes(value: str, *, keys: bool, cards: bool = True) -> str:
    """A value without the secrets that its looks give away.

    :param keys: whether private keys and providers' tokens are among them; a password hash always is.
    :param cards: whether card numbers are.
    """
    if _HASH.match(value):
        return HIDDEN
    shown = _HASH_WITHIN.sub(HIDDEN, value) if "$" in value else value
    if cards and _DIGITS.search(shown):
        shown = card_numbers.without(shown, HIDDEN)
    if not keys:
        return shown
    shown = _ISSUED.sub(HIDDEN, _PEM.sub(HIDDEN, shown))
    return _DSN.sub(rf"\1{HIDDEN}", shown) if "://" in shown and "@" in shown else shown


def without_shapes_in_page(text: str, *, keys: bool) -> str:
    """The same for a whole text, where an example of a connection string is no secret and a lone PEM line no key."""
    shown = card_numbers.without(_HASH_WITHIN.sub(HIDDEN, text), HIDDEN)
    if keys:
        shown = _PEM.sub(_real_key, _ISSUED.sub(HIDDEN, shown))
    return shown


def _real_key(match: re.Match[str]) -> str:
    """A manual's "-----BEGIN PRIVATE KEY----- ..." is no key."""
    real = "-----END " in match[0] and _LINE_OF_KEY.search(match[0])
    return HIDDEN if real else match[0]


_LINE_OF_KEY: Final = re.compile(r"[A-Za-z0-9+/]{40}")
