"""Ciphers that code encrypts with: broken ones, modes that show patterns, constant beginnings, keys made of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.code import Call, Code, Language, Value

BROKEN: Final = "data is encrypted with a cipher that is broken"
PATTERNS: Final = "data is encrypted block by block (ECB): equal blocks stay equal"
CONSTANT: Final = "each message is encrypted from the same beginning: the initialization vector is constant"
TEXT: Final = "the key of encryption is made of a text, without a salt or enough work"
UNCHECKED: Final = "nothing is seen to notice that what was encrypted has been changed (CBC)"

_NAMED: Final = (  # the cipher as a text, and where it stands; where the beginning stands
    ("javax.crypto.Cipher.getInstance", 0, None),
    ("Cipher.getInstance", 0, None),
    *((f"{module}.createCipheriv", 0, 2) for module in ("crypto", "node:crypto", "browserify-aes")),
    ("openssl_encrypt", 1, 4),
    ("OpenSSL.Cipher", 0, None),
    ("OpenSSL.Cipher.Cipher", 0, None),
)  # fmt: skip
_BROKEN_NAME: Final = re.compile(
    r"(?i)^(?:des|des-?ede3?|desede|3des|tripledes|rc[24]|arc4|arcfour|blowfish|bf|cast5?|idea)(?:[-/_]|\d*$|40|128)|^PBEWith\w*(?:DES|RC[24])"
)
_BROKEN_CALL: Final = (
    *(f"{package}.Cipher.{name}.new" for package in ("Crypto", "Cryptodome") for name in ("DES", "DES3", "ARC2", "ARC4", "Blowfish", "CAST")),
    *(f"*.algorithms.{name}" for name in ("TripleDES", "ARC4", "Blowfish", "CAST5", "IDEA", "SEED", "RC2")),
    *("crypto/des.NewCipher", "crypto/des.NewTripleDESCipher", "crypto/rc4.NewCipher", "golang.org/x/crypto/blowfish.NewCipher", "pyDes.des", "pyDes.triple_des"),
    *(f"crypto-js.{name}.encrypt" for name in ("DES", "TripleDES", "RC4", "RC4Drop", "Rabbit")),
    *("mcrypt_encrypt", "OpenSSL.Cipher.DES", "OpenSSL.Cipher.RC4", "OpenSSL.Cipher.BF"),
)  # fmt: skip
_ECB: Final = re.compile(r"(?i)(?:^|[-/_.:])ECB(?:$|[-/_(])|kCCOptionECBMode")
_SWIFT_BROKEN: Final = re.compile(r"kCCAlgorithm(?:3?DES|RC[24]|CAST|Blowfish)\b")
_JVM_BARE: Final = re.compile(r"(?i)^AES(?:_\d+)?$")
_UNCHECKED: Final = re.compile(r"(?i)(?:^|[-/_.])(?:CBC|CTR|CFB8?|OFB)\d*(?:$|[-/_])")
_MADE_EMPTY: Final = re.compile(
    r"^(?:new byte\[\d+\]|ByteArray\(\d+\)|Buffer\.alloc\(\s*\d+(?:\s*,\s*['\"]?\w['\"]?)?\s*\)|make\(\[\]byte, ?[\w.]+\)|bytes\(\d+\)|b(['\"])(?:\\x00|\\0|.)\1 ?\* ?[\w.]+|new Uint8Array\(\d+\)|new IvParameterSpec\(new byte\[\d+\]\))$"
)
_OF_TEXT: Final = frozenset({"getBytes", "toByteArray", "encode", "from", "parse", "unhexlify", "fromhex", "bytes"})
_SOUND: Final = (
    *("cryptography.fernet.Fernet", "cryptography.fernet.MultiFernet", "*.aead.AESGCM", "*.aead.ChaCha20Poly1305", "*.modes.GCM", "nacl.secret.SecretBox", "nacl.public.*Box"),
    *("crypto/cipher.NewGCM", "*chacha20poly1305.New*", "sodium_crypto_secretbox", "sodium_crypto_aead_*_encrypt", "AES.GCM.seal", "ChaChaPoly.seal", "CryptoKit.AES.GCM.seal"),
    *("*.Aead.encrypt", "ActiveSupport.MessageEncryptor", "Crypt.encrypt", "Crypt.encryptString", "RbNaCl.SimpleBox*", "encrypts"),
)  # fmt: skip
_GCM: Final = re.compile(r"(?i)gcm|chacha20-?poly1305|ccm|siv|ocb")
_OTHER_USE: Final = re.compile(r"(?i)ntlm|lm_?hash|vnc|kerberos|legacy|cmac|key_?wrap|keystream|ssh|smb|rdp|header_?protect|obfuscat|fpe|ff[13]x?|des_?ede|mifare|emv")  # fmt: skip
_MAC: Final = ("*hmac*", "*HMAC*", "*Hmac*", "hash_hmac", "javax.crypto.Mac.*", "*.Poly1305*", "*CMAC*")


@dataclass(frozen=True, slots=True)
class Weak:
    """An encryption that does not hold; ``certain`` False: it may be of no harm where it is."""

    call: Call
    what: str
    certain: bool = True


def sound(code: Code) -> list[Call]:
    """Where authenticated ciphers are used."""
    return [*code.calls(*_SOUND), *(call for call, name, _ in _named(code) if _GCM.search(name))]


def weak(code: Code) -> Iterator[Weak]:
    """Every encryption that does not hold, one of each call."""
    seen: set[tuple[str, int]] = set()
    for each in _all(code):
        if (each.call.path, each.call.line) not in seen:
            seen.add((each.call.path, each.call.line))
            function = each.call.function
            told = f"{each.call.path} {function.name if function is not None else ''}"
            yield Weak(each.call, each.what, each.certain and not _OTHER_USE.search(told))


def _all(code: Code) -> Iterator[Weak]:
    yield from _by_name(code)
    for call in code.calls(*_BROKEN_CALL):
        yield Weak(call, BROKEN)
    for name, what in (("*.modes.ECB", PATTERNS), ("ECB", PATTERNS)):
        for call in code.calls(name):
            if name != "ECB" or call.language is Language.SWIFT:
                yield Weak(call, what)
    yield from _python(code)
    yield from _scripts(code)
    for call in code.calls("CCCrypt", languages=[Language.SWIFT]):
        given = " ".join(each.text for each in call.args)
        if _SWIFT_BROKEN.search(given) or "kCCOptionECBMode" in given:
            yield Weak(call, BROKEN if _SWIFT_BROKEN.search(given) else PATTERNS)
    for call in code.calls("OpenSSL.Cipher.AES", "OpenSSL.Cipher.AES128", "OpenSSL.Cipher.AES256"):
        if any(str(each.literal).upper() == "ECB" for each in call.args):
            yield Weak(call, PATTERNS)
    yield from _beginnings(code)


def _named(code: Code) -> Iterator[tuple[Call, str, Value | None]]:
    for name, position, start in _NAMED:
        for call in code.calls(name):
            given = call.argument(position, "algorithm", "cipher_algo")
            if given is not None and isinstance(given.literal, str):
                yield call, given.literal, call.argument(start, "iv") if start is not None else None


def _by_name(code: Code) -> Iterator[Weak]:
    for call, name, start in _named(code):
        on_jvm = call.language in {Language.JAVA, Language.KOTLIN}
        if name.upper().startswith("RSA"):
            continue
        if _BROKEN_NAME.search(name):
            yield Weak(call, BROKEN)
        elif _ECB.search(name) or (on_jvm and _JVM_BARE.match(name)):
            yield Weak(call, PATTERNS)
        elif _is_constant(start):
            yield Weak(call, CONSTANT)
        elif _UNCHECKED.search(name) and not _is_checked(code, call):
            yield Weak(call, UNCHECKED, certain=False)


def _python(code: Code) -> Iterator[Weak]:
    for call in code.calls("Crypto.Cipher.AES.new", "Cryptodome.Cipher.AES.new"):
        mode = call.argument(1, "mode")
        by_default = mode is None and not call.spread
        if by_default or (mode is not None and (mode.name.endswith("MODE_ECB") or mode.literal == 1)):
            yield Weak(call, PATTERNS)
        elif _is_constant(call.argument(2, "iv", "IV", "nonce")):
            yield Weak(call, CONSTANT)
        elif mode is not None and mode.name.endswith("MODE_CBC") and not _is_checked(code, call):
            yield Weak(call, UNCHECKED, certain=False)


def _scripts(code: Code) -> Iterator[Weak]:
    for call in code.calls("crypto.createCipher", "node:crypto.createCipher"):
        yield Weak(call, TEXT)
    for call in code.calls("crypto-js.AES.encrypt", "crypto-js/aes.encrypt", languages=[Language.JAVASCRIPT]):
        mode, key = call.argument(None, "mode"), call.argument(1)
        if mode is not None and _ECB.search(mode.name or mode.text):
            yield Weak(call, PATTERNS)
        elif key is not None and isinstance(key.literal, str):
            yield Weak(call, TEXT)
        elif _is_constant(call.argument(None, "iv")):
            yield Weak(call, CONSTANT)


def _beginnings(code: Code) -> Iterator[Weak]:
    for name, position in (
        (".IvParameterSpec", 0),
        ("*.modes.CBC", 0),
        ("*.modes.CTR", 0),
        ("*.modes.GCM", 0),
        ("crypto/cipher.NewCBCEncrypter", 1),
        ("crypto/cipher.NewCTR", 1),
    ):
        for call in code.calls(name):
            if _is_constant(call.argument(position, "initialization_vector", "nonce")):
                yield Weak(call, CONSTANT)


def _is_constant(value: Value | None) -> bool:
    """Whether a beginning is written in the code, as it is or as a row of zeros."""
    if value is None:
        return False
    if value.known:
        return isinstance(value.literal, (str, bytes)) and bool(value.literal)
    if _MADE_EMPTY.match(value.text):
        return True
    call = value.call
    if call is None or call.method not in _OF_TEXT:
        return False
    given = [*call.args[:1], *([call.receiver] if call.receiver is not None else [])]
    return any(isinstance(each.literal, (str, bytes)) and len(each.literal) > 4 for each in given)  # noqa: PLR2004 - a name of an encoding is shorter or stands second


def _is_checked(code: Code, call: Call) -> bool:
    return any(each.path == call.path for each in code.calls(*_MAC))
