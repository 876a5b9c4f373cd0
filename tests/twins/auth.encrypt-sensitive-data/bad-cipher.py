"""Records of an invented clinic, in ciphers that do not hold."""

import os

from Crypto.Cipher import AES, ARC4, DES3
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

START = b"clinic-start-001"


def seal(key: bytes, text: bytes) -> list[bytes]:
    first = AES.new(key, AES.MODE_ECB).encrypt(text)  # BAD
    second = AES.new(key, AES.MODE_CBC, START).encrypt(text)  # BAD
    third = DES3.new(key, DES3.MODE_CBC, os.urandom(8)).encrypt(text)  # BAD
    fourth = ARC4.new(key).encrypt(text)  # BAD
    fifth = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(text)  # BAD
    sixth = Cipher(algorithms.TripleDES(key), modes.CBC(os.urandom(8))).encryptor().update(text)  # BAD
    return [first, second, third, fourth, fifth, sixth]
