"""What code makes of passwords: fast hashes that anybody can try by the billion, slow ones, and how slow these are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.code import Call, Code, Function, Language, Spot, Value
from ostiary.evidence.tree import Tree
from ostiary.parts.code.credentials import chained, holds_password, is_password, told

# Calls that take what they hash as an argument.
_DIRECT: Final = (
    *("hashlib.md5", "hashlib.sha1", "hashlib.sha224", "hashlib.sha256", "hashlib.sha384", "hashlib.sha512", "hashlib.sha3_*", "hashlib.blake2*"),
    *("hashlib.new", "md5.new", "sha.new", "Crypto.Hash.*.new", "Cryptodome.Hash.*.new", "zlib.crc32"),
    *("passlib.hash.md5_crypt.*", "passlib.hash.hex_*", "passlib.hash.ldap_md5.*", "passlib.hash.ldap_sha1.*", "passlib.hash.des_crypt.*", "passlib.hash.plaintext.*", "passlib.hash.mysql*"),
    *("md5", "sha1", "sha256", "sha512", "crc32", "hash", "md5.default", "sha1.default", "sha256.default", "js-sha256.sha256", "js-md5", "js-sha1", "blueimp-md5"),
    *("crypto-js.MD5", "crypto-js.SHA1", "crypto-js.SHA256", "crypto-js.SHA512", "CryptoJS.MD5", "CryptoJS.SHA1", "CryptoJS.SHA256", "CryptoJS.SHA512", "crypto-js/md5", "crypto-js/sha1", "crypto-js/sha256"),
    *(".DigestUtils.md5Hex", ".DigestUtils.md5DigestAsHex", ".DigestUtils.sha1Hex", ".DigestUtils.sha256Hex", ".DigestUtils.sha512Hex", ".DigestUtils.sha256", ".DigestUtils.md5"),
    *(".Hashing.md5().hashString", ".Hashing.sha1().hashString", ".Hashing.sha256().hashString", ".Hashing.sha512().hashString"),
    *("crypto/md5.Sum", "crypto/sha1.Sum", "crypto/sha256.Sum256", "crypto/sha512.Sum512"),
    *("*SHA256.hash", "*SHA384.hash", "*SHA512.hash", "*Insecure.MD5.hash", "*Insecure.SHA1.hash", "CC_MD5", "CC_SHA1", "CC_SHA256"),  # Swift
    *("Digest.MD5.hexdigest", "Digest.SHA1.hexdigest", "Digest.SHA256.hexdigest", "Digest.SHA512.hexdigest", "Digest.MD5.digest", "Digest.SHA256.digest", "Digest.SHA2.hexdigest", "OpenSSL.Digest.SHA256.hexdigest"),
)  # fmt: skip
# Methods of hash objects, and what made these.
_FED: Final = ("*.update", "*.digest", "*.Write", "*.doFinal")
_MAKERS: Final = re.compile(
    r"(?:^|\.)hashlib\.(?:md5|sha\d+|sha3_\d+|blake2\w|new)$|createHash$|MessageDigest\.getInstance$|crypto/(?:md5|sha1|sha256|sha512)\.New\w*$|Crypto(?:dome)?\.Hash\.\w+\.new$"
)
_SLOW: Final = (
    *("bcrypt.hashpw", "bcrypt.kdf", "bcrypt.hash", "bcrypt.hashSync", "bcryptjs.hash", "bcryptjs.hashSync", "bcrypt-nodejs.*", "argon2.hash", "argon2.PasswordHasher", "argon2.PasswordHasher().hash", "argon2.low_level.*"),
    *("passlib.context.CryptContext", "passlib.hash.bcrypt*", "passlib.hash.argon2*", "passlib.hash.pbkdf2_*", "passlib.hash.scrypt*", "pwdlib.PasswordHash*", "flask_bcrypt.Bcrypt*"),
    *("werkzeug.security.generate_password_hash", "django.contrib.auth.hashers.make_password", "django.contrib.auth.hashers.check_password", "*.set_password", "hashlib.scrypt", "hashlib.pbkdf2_hmac", "*PBKDF2HMAC", "*.Scrypt"),
    *("crypto.scrypt", "crypto.scryptSync", "crypto.pbkdf2", "crypto.pbkdf2Sync", "node:crypto.scrypt*", "node:crypto.pbkdf2*", "@node-rs/argon2.hash", "@node-rs/bcrypt.hash"),
    *(".BCryptPasswordEncoder", ".Argon2PasswordEncoder", ".SCryptPasswordEncoder", ".Pbkdf2PasswordEncoder", ".PasswordEncoderFactories.createDelegatingPasswordEncoder", ".BCrypt.hashpw", ".PBEKeySpec", "*Argon2Factory.create"),
    *("golang.org/x/crypto/bcrypt.GenerateFromPassword", "golang.org/x/crypto/argon2.*", "golang.org/x/crypto/scrypt.Key", "golang.org/x/crypto/pbkdf2.Key"),
    *("Bcrypt.hash", "*.password.hash", "*.password.async.hash"),  # Vapor
    *("password_hash", "sodium_crypto_pwhash*", "Hash.make", "bcrypt", "Illuminate.Support.Facades.Hash.make", "BCrypt.Password.create", "BCrypt.Engine.hash_secret", "has_secure_password", "Argon2.Password.create"),
)  # fmt: skip
_SLOW_NAME: Final = re.compile(r"(?i)bcrypt|argon2|scrypt|pbkdf2|PBEKeySpec|password_hash|crypt_context|make_password")
_BREACHED: Final = re.compile(r"(?i)pwned|hibp|breach|leak|haveibeen|k_?anonym|range")
_OLD: Final = re.compile(r"(?i)legacy|old_|migrat|upgrade|compat|import_|strength|gravatar|cache|e_?tag|finger_?print")
LOWEST_COST: Final = 10  # of bcrypt; source: OWASP Password Storage
FEWEST: Final = 100_000  # rounds of PBKDF2 that nobody calls enough any more
ENOUGH: Final = 600_000


@dataclass(frozen=True, slots=True)
class Weak:
    """Something that is too weak for passwords; ``certain``: it shows without doubt that it is for them."""

    spot: Spot
    what: str
    certain: bool = True


def fast(tree: Tree) -> tuple[Weak, ...]:
    """Passwords that go into fast hashes."""
    found: tuple[Weak, ...] = tree.remember("hashing.fast", lambda: tuple(_fast(tree.code)))
    return found


def slow(code: Code) -> list[Call]:
    """Calls of functions that were made for passwords."""
    return list(code.calls(*_SLOW))


def _fast(code: Code) -> Iterator[Weak]:
    strong = {each.function for each in slow(code) if each.function is not None}
    for call in code.calls(*_DIRECT):
        given = call.args[1:2] if call.name in {"hash", "hashlib.new"} and len(call.args) > 1 else call.args[:1]
        if call.name == "hash" and not _is_php_hash(call):
            continue
        if call.name.startswith("passlib.") or any(holds_password(each) for each in given):
            yield from _weak(call, strong)
    for call in code.calls(*_FED):
        if call.args and any(_MAKERS.search(each.name) for each in _makers(call)) and holds_password(call.args[0]):
            yield from _weak(call, strong)
    yield from _stored(code, strong)


def _stored(code: Code, strong: set[Function]) -> Iterator[Weak]:
    """Fast hashes that become somebody's password: ``user.set_password(md5(x))``."""
    for call in code.calls("*.set_password", "*.setPassword", "*.SetPassword"):
        if call.args and _is_fast(call.args[0], 0):
            yield from _weak(call, strong)
    for each in code.assignments("*.password", "*.password_hash", "*.passwordHash", "*.hashed_password"):
        if each.function is not None and _is_fast(each.value, 0) and each.function not in strong:
            yield Weak(each, "a password is put into a fast hash")


_FAST_NAME: Final = re.compile(
    r"(?i)^hashlib\.(?:md5|sha\d|new)|createHash$|MessageDigest\.getInstance$|MessageDigest\.digest$|crypto/(?:md5|sha1|sha256|sha512)\.(?:New|Sum)|^md5$|^sha1$|^Digest\.(?:MD5|SHA)|DigestUtils\.(?:md5|sha)"
)


def _is_fast(value: Value, depth: int) -> bool:
    call = value.call
    if call is None or depth > 3:  # noqa: PLR2004 - a hash, its digest and a form of that
        return False
    return any(_FAST_NAME.search(each.name) for each in chained(call)) or any(
        _is_fast(each, depth + 1) for each in call.args[:2]
    )


def _makers(call: Call) -> Iterator[Call]:
    """The calls that an object came from, also through a variable and a type."""
    yield from chained(call)
    if call.name.endswith(("MessageDigest.update", "MessageDigest.digest")):
        yield Call(path=call.path, line=call.line, name="MessageDigest.getInstance")


def _is_php_hash(call: Call) -> bool:
    return call.language is Language.PHP and bool(call.args) and isinstance(call.args[0].literal, str)


def _weak(call: Call, strong: set[Function]) -> Iterator[Weak]:
    around = f"{told(call.function)} {call.text}"
    if call.function in strong or _SLOW_NAME.search(call.text) or _BREACHED.search(around):
        return
    usedforsecurity = call.argument(None, "usedforsecurity")
    if usedforsecurity is not None and usedforsecurity.literal is False:
        return
    yield Weak(call, "a password is put into a fast hash", _OLD.search(around) is None)


# How slow

_COSTS: Final = (  # name, position, names of the argument
    ("bcrypt.gensalt", 0, ("rounds",)),
    ("bcrypt.genSalt", 0, ("rounds",)),
    ("bcrypt.genSaltSync", 0, ("rounds",)),
    ("bcryptjs.genSalt", 0, ("rounds",)),
    ("bcryptjs.genSaltSync", 0, ("rounds",)),
    ("bcrypt.hash", 1, ()),
    ("bcrypt.hashSync", 1, ()),
    ("bcryptjs.hash", 1, ()),
    ("bcryptjs.hashSync", 1, ()),
    ("passlib.hash.bcrypt.using", None, ("rounds",)),
    ("passlib.hash.bcrypt.hash", None, ("rounds",)),
    ("passlib.context.CryptContext", None, ("bcrypt__rounds", "bcrypt__default_rounds")),
    ("flask_bcrypt.Bcrypt().generate_password_hash", 1, ("rounds",)),
    ("flask_bcrypt.generate_password_hash", 1, ("rounds",)),
    (".BCryptPasswordEncoder", 0, ()),
    (".BCrypt.gensalt", 0, ()),
    ("golang.org/x/crypto/bcrypt.GenerateFromPassword", 1, ()),
    ("password_hash", None, ("cost",)),
    ("BCrypt.Password.create", None, ("cost",)),
)
_ROUNDS: Final = (
    ("hashlib.pbkdf2_hmac", 3, ("iterations",), 1),
    ("*PBKDF2HMAC", 3, ("iterations",), None),
    ("crypto.pbkdf2", 2, (), 0),
    ("crypto.pbkdf2Sync", 2, (), 0),
    ("node:crypto.pbkdf2*", 2, (), 0),
    (".PBEKeySpec", 2, (), 0),
    ("golang.org/x/crypto/pbkdf2.Key", 2, (), 0),
    ("hash_pbkdf2", 3, (), 1),
    ("OpenSSL.PKCS5.pbkdf2_hmac", 2, (), 0),
)
_NONE_AT_ALL: Final = (
    ".NoOpPasswordEncoder.getInstance",
    ".MessageDigestPasswordEncoder",
    ".Md5PasswordEncoder",
    ".ShaPasswordEncoder",
    ".StandardPasswordEncoder",
    ".LdapShaPasswordEncoder",
    ".Md4PasswordEncoder",
    ".PlaintextPasswordEncoder",
)
_WEAK_HASHERS: Final = re.compile(r"(?i)(?:MD5|SHA1|Crypt|Unsalted\w+)PasswordHasher$")


def parameters(code: Code) -> Iterator[Weak]:
    """Functions for passwords that are given too little to do, and encoders that do nothing."""
    for name, position, names in _COSTS:
        for call in code.calls(name):
            cost = call.argument(position, *names)
            if cost is None:
                continue
            if cost.name.endswith(".MinCost") or (_is_number(cost) and 0 < cost.literal < LOWEST_COST):
                yield Weak(call, f"bcrypt is given a cost below {LOWEST_COST}")
    for name, position, names, password in _ROUNDS:
        for call in code.calls(name):
            yield from _rounds(call, call.argument(position, *names), password)
    yield from _encoders(code)


def _encoders(code: Code) -> Iterator[Weak]:
    for call in code.calls(*_NONE_AT_ALL):
        yield Weak(call, "passwords are stored as they are, or by a fast hash")
    for each in code.assignments("PASSWORD_HASHERS"):
        first = each.value.literal[0] if isinstance(each.value.literal, (list, tuple)) and each.value.literal else ""
        if isinstance(first, str) and _WEAK_HASHERS.search(first) and "test" not in each.path.lower():
            yield Weak(each, "passwords are stored as they are, or by a fast hash")
    for each in code.assignments(".BCRYPT_LOG_ROUNDS", "*.BCRYPT_ROUNDS"):
        if _is_number(each.value) and 0 < each.value.literal < LOWEST_COST and "est" not in each.name:
            yield Weak(each, f"bcrypt is given a cost below {LOWEST_COST}")


def _rounds(call: Call, rounds: Value | None, password: int | None) -> Iterator[Weak]:
    if rounds is None or not _is_number(rounds):
        return
    given = (
        call.args[password] if password is not None and len(call.args) > password else call.argument(None, "password")
    )
    if given is not None and not holds_password(given):
        return  # a key is derived from something else
    if rounds.literal < FEWEST:
        yield Weak(call, f"PBKDF2 is given fewer than {FEWEST:,} rounds")
    elif rounds.literal < ENOUGH and "512" not in call.text:
        yield Weak(call, f"PBKDF2 is given fewer than {ENOUGH:,} rounds", certain=False)


def salted(code: Code) -> Iterator[Weak]:
    """Salts that are the same for everybody."""
    for name, position, names in (
        ("bcrypt.hashpw", 1, ("salt",)),
        ("hashlib.pbkdf2_hmac", 2, ("salt",)),
        ("hashlib.scrypt", None, ("salt",)),
        ("crypto.pbkdf2Sync", 1, ()),
        ("crypto.pbkdf2", 1, ()),
        ("crypto.scryptSync", 1, ()),
    ):
        for call in code.calls(name):
            salt = call.argument(position, *names)
            if (
                salt is not None
                and isinstance(salt.literal, (str, bytes))
                and call.args
                and holds_password(call.args[0])
            ):
                yield Weak(call, "passwords are hashed with a salt from the source")


def looked_up(code: Code) -> Iterator[Weak]:
    """Queries for a user by the password that was typed: it can only be found if it is stored as it is."""
    for call in code.calls(
        ".filter_by",
        "*.objects.get",
        "*.objects.filter",
        ".find_one",
        ".findOne",
        ".findUnique",
        ".findFirst",
        ".get_or_none",
        ".where",
    ):
        given = dict(call.keywords)
        for each in (*call.args, *call.keywords.values()):
            given.update(each.pairs)
        for name, value in given.items():
            if is_password(name) and value.tainted and not _is_hashed(value):
                yield Weak(call, "a user is looked up by the password as it was typed")


def _is_hashed(value: Value) -> bool:
    call = value.call
    return call is not None and re.search(r"(?i)hash|crypt|digest|md5|sha|encode_password", call.name) is not None


def _is_number(value: Value) -> bool:
    return isinstance(value.literal, int) and not isinstance(value.literal, bool)
