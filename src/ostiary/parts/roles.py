"""What an operation is to an attacker can mostly be read off its document: a login, a code check, a reset, a sign-up."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ostiary.model import Operation
from ostiary.parts import role_fields as names
from ostiary.parts import role_words as means
from ostiary.parts.role_fields import account_field, account_fields, challenge_fields, code_field, destination_fields
from ostiary.parts.role_words import concepts, listed, squeezed, words

__all__ = [
    "account_field",
    "account_fields",
    "challenge_fields",
    "code_field",
    "destination_fields",
    "recognised",
]

_PARAMETER: Final = re.compile(r"\{([^{}]+)\}")
_ACCOUNTS: Final = frozenset(names.ACCOUNT)
_PEOPLE: Final = frozenset(
    listed("user users account accounts customer customers member members usuarios utilisateurs")
)
_CREATES: Final = frozenset(listed("create creates add adds"))
_ARTICLES: Final = frozenset(listed("a an the new one"))
_OAUTH: Final = frozenset(listed("oauth oauth2 oidc connect openid"))
_PHONES: Final = frozenset(
    listed("phone phonenumber phoneno mobile mobilenumber mobileno mobilephone telephone msisdn cellphone cell")
)
_PLACES: Final = frozenset(
    listed("email emailaddress phone phonenumber username login token code key uid uidb64 resettoken")
)
_TENANTS: Final = frozenset(  # of many that are alike, and which version or language of them
    listed("""realm realmname tenant tenantid tenantname org organisation organization orgid workspace
        version apiversion ver locale lang language""")
)
_AUTHORISATION: Final = frozenset(listed("redirecturi codeverifier granttype"))  # OAuth's code is 128 bits, no guess


_PROMISING: Final = frozenset(
    {
        means.LOGIN,
        means.SESSION,
        means.REGISTER,
        means.OTP,
        means.MAGIC,
        means.VERIFY,
        means.SEND,
        means.RESET,
        means.PASSWORD,
    }
)


class _Seen(NamedTuple):
    """An operation, as far as it tells."""

    segments: tuple[tuple[str, ...], ...]  # concepts of each segment without a parameter
    texts: tuple[tuple[str, ...], ...]  # their words
    last: frozenset[str]  # concepts of the last one
    tail: frozenset[str]  # and of the one before
    parameters: tuple[str, ...]  # of the path
    ends_open: bool  # whether it ends in a parameter
    keys: frozenset[str]  # fields of body and query
    blank: bool  # whether the document does not say what the body holds
    title: frozenset[str]  # concepts of operationId and summary
    makes_people: bool  # whether they say that it creates users
    account: bool
    password: bool
    code: bool

    def only(self, *allowed: str) -> bool:
        """Whether the last segment says nothing but these."""
        return self.last <= {*allowed, means.NEUTRAL}

    @property
    def plain(self) -> bool:
        """Whether every segment of the path belongs to signing in."""
        return all(means.OTHER not in each for each in self.segments)


def recognised(operation: Operation) -> str:
    """Return "login", "otp-verify", "otp-send", "reset", "register", or "" where nothing says so clearly.

    Clearly: by the path's last words, and where the document describes the request, by its fields. What is only like
    one (a login history, a password policy, an administrator's reset of another's password) is none.
    """
    if operation.method not in {"POST", "PUT", "PATCH", "GET"} or not operation.known_path:
        return ""
    if not _promises(operation):  # most of a document: its schemas are not looked at
        return ""
    seen = _look(operation)
    if operation.method == "GET":
        return "login" if means.LOGIN in seen.last and seen.only(means.LOGIN) and seen.password and seen.account else ""
    for role, says in (
        ("reset", _is_reset),
        ("otp-verify", _is_otp_verify),
        ("otp-send", _is_otp_send),
        ("register", _is_register),
        ("login", _is_login),
    ):
        if says(seen, operation):
            return role
    return ""


def _promises(operation: Operation) -> bool:
    """Whether the words of path or title could make it one at all."""
    pieces = [concepts(words(each)) for each in operation.path.split("/") if each and "{" not in each]
    said = {concept for each in pieces for concept in each}
    if operation.method == "GET":
        return bool(pieces) and means.LOGIN in pieces[-1]
    if not pieces or said & _PROMISING or (operation.method == "POST" and means.MAKE in pieces[-1]):
        return bool(pieces)
    return bool({means.LOGIN, means.REGISTER} & {*concepts(words(operation.id)), *concepts(words(operation.summary))})


def _look(operation: Operation) -> _Seen:
    pieces = [each for each in operation.path.split("/") if each]
    texts = tuple(words(each) for each in pieces if "{" not in each)
    segments = tuple(concepts(each) for each in texts)
    keys = names.keys_of(operation)
    tail = [concept for each in segments[-2:] for concept in each]
    told = concepts(words(operation.id)) + concepts(words(operation.summary))
    return _Seen(
        segments=segments,
        texts=texts,
        last=frozenset(segments[-1]) if segments else frozenset(),
        tail=frozenset(tail),
        parameters=tuple(squeezed(each) for each in _PARAMETER.findall(operation.path)),
        ends_open=bool(pieces) and "{" in pieces[-1],
        keys=keys,
        blank=not any(each.place == "body" for each in names.fields_of(operation)),
        title=frozenset(told),
        makes_people=_makes_people(words(operation.id)) or _makes_people(words(operation.summary)),
        account=names.account_field(operation) is not None,
        password=bool(keys & names.PASSWORD),
        code=bool(keys & names.CODE),
    )


def _makes_people(told: tuple[str, ...]) -> bool:
    """Whether a title says "create user", "add a new account": such a one, not a session of his."""
    made = next((at for at, each in enumerate(told) if each in _CREATES), None)
    what = [each for each in told[made + 1 :] if each not in _ARTICLES] if made is not None else []
    return bool(what) and what[0] in _PEOPLE and not {means.SESSION, means.LOGIN} & {*concepts(tuple(what))}


def _changes(seen: _Seen) -> bool:
    return bool(seen.keys & (names.CURRENT | names.NEW_PASSWORD | names.REPEATED))


def _is_login(seen: _Seen, _: Operation) -> bool:
    if _changes(seen) or seen.keys & names.PROFILE:
        return False
    if names.GRANT in seen.keys and seen.last & {means.SESSION, means.LOGIN}:
        return True  # a token endpoint (RFC 6749 section 3.2)
    guesses = seen.password and bool(seen.keys & _ACCOUNTS)
    if means.LOGIN in seen.last and seen.only(means.LOGIN, means.SESSION, means.PASSWORD):
        return guesses or (seen.blank and not seen.ends_open)
    if seen.ends_open and not guesses:
        return False
    if seen.blank and not guesses:
        before = {word for text in seen.texts[:-1] for word in text}
        return seen.texts[-1] in {("token",), ("tokens",)} and bool(before & _OAUTH)
    if not guesses or not set(seen.parameters) <= _TENANTS:
        return False
    if seen.makes_people and means.SESSION not in seen.last:
        return False  # a sign-up beside /jwt or /session; on it, a title takes no jail away
    signing = bool({means.LOGIN, means.SESSION} & {each for segment in seen.segments for each in segment})
    if signing and seen.only(means.SESSION, means.PASSWORD):
        return True  # /sessions, /auth/local
    return means.LOGIN in seen.title and means.REGISTER not in seen.title and means.OTHER not in seen.last


def _own(seen: _Seen) -> bool:
    """Whether nobody else's account is named in the path."""
    return all(each in _PLACES or each in _TENANTS for each in seen.parameters)


def _is_reset(seen: _Seen, operation: Operation) -> bool:
    if not _own(seen) or seen.keys & names.CURRENT or means.OTHER in seen.last:
        return False
    asks = means.PASSWORD in seen.tail and means.SEND in seen.last  # /password/request
    if means.RESET not in seen.tail and not asks:
        return False
    if means.PASSWORD not in seen.tail and not seen.plain:
        return False
    if not seen.tail <= {
        means.RESET, means.PASSWORD, means.SEND, means.VERIFY, means.NEUTRAL, means.SESSION, means.OTHER, means.LOGIN,
        means.REGISTER, means.MAKE,
    }:  # fmt: skip
        return False
    if means.MAKE in seen.tail and not seen.keys & (names.NEW_PASSWORD | names.PASSWORD):
        return False  # /password/reset/new asks for a form; /reset-password/new-password takes one
    if seen.blank:
        return means.PASSWORD in seen.tail or seen.plain
    proof = names.TOKEN | names.CODE | names.BARE_CODE | names.NEW_PASSWORD | names.PASSWORD
    return seen.account or bool(seen.keys & proof) or bool(names.destination_fields(operation))


def _is_otp_verify(seen: _Seen, operation: Operation) -> bool:
    if operation.method != "POST" and means.VERIFY not in seen.last:
        return False
    if means.OTHER in seen.last or seen.keys & _AUTHORISATION:
        return False
    if means.OTP in seen.tail and seen.code and not seen.last & {means.SEND, means.MAKE, means.RESET}:
        return True  # whatever comes with the code: a new password, at some
    if _changes(seen) or seen.password:
        return False
    bare = bool(seen.keys & names.BARE_CODE)
    challenge = bool(seen.keys & names.CHALLENGE)
    if means.OTP in seen.tail:
        if bare or seen.keys & names.TOKEN:
            return not seen.last & {means.SEND, means.MAKE, means.RESET}
        return not seen.keys and means.VERIFY in seen.last
    if means.VERIFY in seen.last and seen.only(means.VERIFY, means.SESSION, means.LOGIN, means.REGISTER):
        if seen.code:
            return True
        return (bare and challenge) or (seen.plain and (bare or (seen.account and "token" in seen.keys)))
    if (means.LOGIN in seen.tail and seen.only(means.LOGIN)) or means.MAGIC in seen.tail:
        return seen.plain and (seen.code or bare) and (seen.account or challenge)
    return False


def _begins_with_phone(seen: _Seen) -> bool:
    """Whether one signs in by a phone number alone: then a code goes there; an address may get one where the title says so."""
    if means.LOGIN not in seen.last or not seen.only(means.LOGIN, means.SESSION) or len(seen.keys) != 1:
        return False
    return seen.keys <= _PHONES or (seen.account and bool(seen.title & {means.OTP, means.MAGIC}))


def _is_otp_send(seen: _Seen, operation: Operation) -> bool:
    if means.OTHER in seen.last or seen.code or seen.password or not _own(seen) or _changes(seen):
        return False
    if seen.keys & names.BARE_CODE:
        return False
    place = bool(names.destination_fields(operation)) or seen.account or bool(seen.keys & names.CHALLENGE)
    if _begins_with_phone(seen):
        return True
    sends = means.SEND in seen.last
    coded = "code" in seen.texts[-1] or (len(seen.texts) > 1 and "code" in seen.texts[-2])
    resends = "resend" in seen.texts[-1]
    if means.OTP in seen.tail or means.MAGIC in seen.tail or (sends and coded):
        if sends:
            return place or not seen.keys
        named = seen.last <= {means.OTP, means.MAGIC, means.NEUTRAL} or means.MAKE in seen.last
        challenged = means.VERIFY in seen.last and "challenge" in seen.texts[-1]
        return place and (named or challenged) and bool(seen.keys)
    if sends and means.VERIFY in seen.tail:
        return seen.plain and (place or not seen.keys)
    return resends and seen.plain and place


def _is_register(seen: _Seen, operation: Operation) -> bool:
    if operation.method != "POST" or seen.keys & names.CURRENT or seen.ends_open:
        return False
    if means.REGISTER in seen.last and seen.only(means.REGISTER, means.LOGIN):
        if seen.blank and not seen.password:
            return seen.plain
        return seen.account and (seen.password or seen.plain)
    chosen = seen.password and bool(seen.keys & names.REPEATED) and not seen.keys & (names.CODE | names.TOKEN)
    if means.MAKE in seen.last and seen.only(means.MAKE) and chosen and not operation.security:
        return seen.account and not seen.parameters  # "POST /create", where a stranger chooses a password
    told = means.REGISTER in seen.title
    return told and seen.password and seen.account and not seen.parameters and bool(_PEOPLE & set(seen.texts[-1]))
