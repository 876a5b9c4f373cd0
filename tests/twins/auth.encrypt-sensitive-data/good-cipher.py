"""Records of an invented clinic, in ciphers that notice changes; digests and signatures are something else."""

import hashlib
import os

from Crypto.Cipher import AES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MODES = ("AES-256-ECB", "DES-CBC")


def seal(key: bytes, text: bytes) -> list[bytes]:
    nonce = os.urandom(12)
    first = AESGCM(key).encrypt(nonce, text, None)
    second = AES.new(key, AES.MODE_GCM, nonce).encrypt(text)
    third = Cipher(algorithms.AES(key), modes.GCM(nonce)).encryptor().update(text)
    return [first, second, third, hashlib.md5(text, usedforsecurity=False).digest()]


def open_old(key: bytes, sealed: bytes) -> bytes:
    start, rest = sealed[:16], sealed[16:]
    return AES.new(key, AES.MODE_CBC, start).decrypt(rest)
