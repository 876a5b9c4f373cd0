"""What browsers and we say to each other about passkeys: the JSON of WebAuthn L3 section 5.1, closed."""

from __future__ import annotations

from typing import Annotated, Literal

from ostiary.strict import Meta, Strict

__all__ = ["Asserted", "Attested", "CreationOptions", "RequestOptions"]

_Bytes = Annotated[str, Meta(max_length=4096, pattern="^[A-Za-z0-9_-]*$", description="base64url without padding")]
_Object = Annotated[str, Meta(max_length=16384, pattern="^[A-Za-z0-9_-]*$", description="base64url without padding")]
_Word = Annotated[str, Meta(max_length=64)]
_NAMES = {
    "client_data_json": "clientDataJSON",
    "raw_id": "rawId",
    "authenticator_data": "authenticatorData",
    "user_handle": "userHandle",
    "attestation_object": "attestationObject",
    "public_key": "publicKey",
    "public_key_algorithm": "publicKeyAlgorithm",
    "authenticator_attachment": "authenticatorAttachment",
    "client_extension_results": "clientExtensionResults",
    "cred_props": "credProps",
    "display_name": "displayName",
    "pub_key_cred_params": "pubKeyCredParams",
    "exclude_credentials": "excludeCredentials",
    "authenticator_selection": "authenticatorSelection",
    "resident_key": "residentKey",
    "require_resident_key": "requireResidentKey",
    "user_verification": "userVerification",
    "rp_id": "rpId",
    "allow_credentials": "allowCredentials",
}


class CredProps(Strict, frozen=True):
    """Whether the new key can be found without a name."""

    rk: bool | None = None


class Extensions(Strict, frozen=True, rename=_NAMES):
    """What extensions said; we ask for none, and some browsers speak all the same."""

    cred_props: CredProps | None = None


class Assertion(Strict, frozen=True, rename=_NAMES):
    """The signature and what was signed."""

    client_data_json: _Bytes
    authenticator_data: _Bytes
    signature: _Bytes
    user_handle: _Bytes | None = None


class Attestation(Strict, frozen=True, rename=_NAMES):
    """The new key; what stands beside the attestation object is in it, too, and read there."""

    client_data_json: _Bytes
    attestation_object: _Object
    transports: Annotated[tuple[_Word, ...], Meta(max_length=10)] = ()
    authenticator_data: _Object | None = None
    public_key: _Bytes | None = None
    public_key_algorithm: Annotated[int, Meta(ge=-65536, le=65536)] | None = None  # of COSE's registry, none is beyond


class Asserted(Strict, frozen=True, rename=_NAMES):
    """What ``navigator.credentials.get`` gave, as its ``toJSON`` writes it."""

    id: _Bytes
    raw_id: _Bytes
    type: Literal["public-key"]
    response: Assertion
    client_extension_results: Extensions = Extensions()
    authenticator_attachment: _Word | None = None


class Attested(Strict, frozen=True, rename=_NAMES):
    """What ``navigator.credentials.create`` gave, as its ``toJSON`` writes it."""

    id: _Bytes
    raw_id: _Bytes
    type: Literal["public-key"]
    response: Attestation
    client_extension_results: Extensions = Extensions()
    authenticator_attachment: _Word | None = None


class RelyingParty(Strict, frozen=True):
    """Who asks."""

    id: Annotated[str, Meta(max_length=253)]
    name: Annotated[str, Meta(max_length=200)]


class Person(Strict, frozen=True, rename=_NAMES):
    """What the authenticator shows."""

    id: _Bytes
    name: Annotated[str, Meta(max_length=320)]
    display_name: Annotated[str, Meta(max_length=320)]


class Parameter(Strict, frozen=True):
    """A kind of key that we can verify."""

    type: Literal["public-key"]
    alg: int


class Descriptor(Strict, frozen=True):
    """A key that the account has."""

    id: _Bytes
    type: Literal["public-key"]
    transports: Annotated[tuple[_Word, ...], Meta(max_length=10)] = ()


class Selection(Strict, frozen=True, rename=_NAMES):
    """What an authenticator must be able to do."""

    resident_key: Literal["required"]
    require_resident_key: bool
    user_verification: Literal["required"]


class CreationOptions(Strict, frozen=True, rename=_NAMES):
    """For ``PublicKeyCredential.parseCreationOptionsFromJSON``."""

    rp: RelyingParty
    user: Person
    challenge: _Bytes
    pub_key_cred_params: Annotated[tuple[Parameter, ...], Meta(max_length=10)]
    timeout: int
    exclude_credentials: Annotated[tuple[Descriptor, ...], Meta(max_length=20)]
    authenticator_selection: Selection
    attestation: Literal["none"]


class RequestOptions(Strict, frozen=True, rename=_NAMES):
    """For ``PublicKeyCredential.parseRequestOptionsFromJSON``."""

    challenge: _Bytes
    timeout: int
    rp_id: Annotated[str, Meta(max_length=253)]
    allow_credentials: Annotated[tuple[Descriptor, ...], Meta(max_length=20)]
    user_verification: Literal["required"]
