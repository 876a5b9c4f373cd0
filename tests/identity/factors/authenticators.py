"""An authenticator made of software, which tells the truth, or any lie that a test asks for."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftKey:
    """One credential in an authenticator (ES256)."""

    rp_id: str = "accounts.example.test"
    origin: str = "https://accounts.example.test"
    id: bytes = field(default_factory=lambda: os.urandom(16))
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: bytes = b""
    count: int = 0
    counts: bool = True
    flags: int = UP | UV

    def public(self) -> bytes:
        numbers = self.private.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})

    def create(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """What ``navigator.credentials.create`` would give.

        :param lies: challenge, origin, rp_id, flags, type, client (more members of the client data), fmt, statement, id.
        """
        self.user = decoded(options["user"]["id"])
        said = self._client("webauthn.create", options["challenge"], lies)
        id_ = lies.get("id", self.id)
        attested = bytes(16) + len(id_).to_bytes(2) + id_ + self.public()
        data = self._data(lies, extra=attested, flags=lies.get("flags", self.flags) | AT)
        made = {"fmt": lies.get("fmt", "none"), "attStmt": lies.get("statement", {}), "authData": data}
        response = {
            "clientDataJSON": encoded(said), "attestationObject": encoded(cbor2.dumps(made)), "transports": ["internal"],
        }  # fmt: skip
        return {"id": encoded(id_), "rawId": encoded(id_), "type": "public-key", "response": response}

    def get(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """What ``navigator.credentials.get`` would give.

        :param lies: as above; count, signature, handle, signer (another private key).
        """
        self.count += self.counts
        said = self._client("webauthn.get", options["challenge"], lies)
        data = self._data(lies, flags=lies.get("flags", self.flags))
        signer = lies.get("signer", self.private)
        signature = lies.get("signature", signer.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256())))
        handle = lies.get("handle", self.user)
        id_ = lies.get("id", self.id)
        response = {
            "clientDataJSON": encoded(said), "authenticatorData": encoded(data), "signature": encoded(signature),
            "userHandle": None if handle is None else encoded(handle),
        }  # fmt: skip
        return {"id": encoded(id_), "rawId": encoded(id_), "type": "public-key", "response": response}

    def _client(self, kind: str, challenge: str, lies: dict[str, Any]) -> bytes:
        said = {
            "type": lies.get("type", kind), "challenge": lies.get("challenge", challenge),
            "origin": lies.get("origin", self.origin), "crossOrigin": False, **lies.get("client", {}),
        }  # fmt: skip
        return json.dumps(said).encode()

    def _data(self, lies: dict[str, Any], *, flags: int, extra: bytes = b"") -> bytes:
        rp = hashlib.sha256(lies.get("rp_id", self.rp_id).encode()).digest()
        return rp + bytes([flags]) + int(lies.get("count", self.count)).to_bytes(4) + extra
