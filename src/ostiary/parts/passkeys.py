"""WebAuthn ceremonies: what a browser sends is proven here, for one challenge, one origin and one rp id, or it is nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self
from urllib.parse import urlsplit

from ostiary.strict import DecodeError, loads

__all__ = [
    "Asserted", "Claims", "Known", "Registered", "Relying", "Unproven", "asked_to_register", "asked_to_sign", "asserted",
    "claims_of", "encoded", "registered",
]  # fmt: skip

_LONGEST_ID: Final = 1023  # bytes of a credential id, WebAuthn L3 section 7.1 step 25
_LONGEST_KEY: Final = 2048  # bytes of a COSE key: RSA with 8192 bits has about 1100
_FORMATS: Final = frozenset({"none", "packed"})  # where no attestation is asked for, browsers send these two alone
_WAIT: Final = 120_000  # milliseconds that the browser gives its user


class Unproven(ValueError):  # noqa: N818 - what it is, not that it happened
    """What came does not prove what it claims; says why, without values."""


@dataclass(frozen=True, slots=True)
class Relying:
    """Who asks (the relying party): browsers bind every signature to the rp id and name the origin in it."""

    id: str
    origin: str
    name: str

    @classmethod
    def of(cls, issuer: str, name: str) -> Self:
        """From the service's own public URL, never from a request."""
        parts = urlsplit(issuer)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port not in {None, {"https": 443, "http": 80}.get(parts.scheme)} else ""
        return cls(id=host, origin=f"{parts.scheme}://{host}{port}", name=name)


class Known(NamedTuple):
    """A credential that the browser is told of: its id, and how it can be reached."""

    id: bytes
    transports: tuple[str, ...]


class Claims(NamedTuple):
    """What a reply says of itself, unproven: the challenge it answers, which credential, whose."""

    challenge: bytes
    credential: bytes
    user_handle: bytes | None


class Registered(NamedTuple):
    """A credential that was made for us just now."""

    id: bytes
    public_key: bytes  # COSE_Key
    sign_count: int
    transports: tuple[str, ...]
    backed_up: bool


class Asserted(NamedTuple):
    """A signature that holds.

    :param sign_count: what the authenticator counts; 0 where it does not.
    :param one_device: whether the key cannot leave its authenticator.
    """

    sign_count: int
    one_device: bool
    backed_up: bool


def encoded(value: bytes) -> str:
    """base64url without padding, as WebAuthn writes bytes in JSON."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def asked_to_register(
    relying: Relying, *, challenge: bytes, user: bytes, account: str, name: str, known: Sequence[Known]
) -> dict[str, Any]:
    """The options of ``navigator.credentials.create``: discoverable, with user verification, attestation not asked for.

    :param challenge: at least 16 random bytes, used once (WebAuthn L3 section 13.4.3).
    :param user: the handle that comes back at sign-in; it names nobody.
    :param account: what the authenticator shows to tell accounts apart.
    :param name: what it calls the person.
    :param known: what the account has already; an authenticator that holds one of those makes no second.
    """
    from webauthn import generate_registration_options  # noqa: PLC0415 - 120 ms that few need
    from webauthn.helpers import options_to_json_dict, structs  # noqa: PLC0415 - as above

    return options_to_json_dict(
        generate_registration_options(
            rp_id=relying.id,
            rp_name=relying.name,
            user_id=user,
            user_name=account,
            user_display_name=name or account,
            challenge=challenge,
            timeout=_WAIT,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(known),
        )
    )


def asked_to_sign(relying: Relying, *, challenge: bytes, known: Sequence[Known] = ()) -> dict[str, Any]:
    """The options of ``navigator.credentials.get``, with user verification.

    :param known: the account's credentials; none where the browser is to find out who is there.
    """
    from webauthn import generate_authentication_options  # noqa: PLC0415 - see above
    from webauthn.helpers import options_to_json_dict  # noqa: PLC0415 - as above
    from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415 - as above

    return options_to_json_dict(
        generate_authentication_options(
            rp_id=relying.id,
            challenge=challenge,
            timeout=_WAIT,
            allow_credentials=_descriptors(known),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def claims_of(credential: Mapping[str, Any]) -> Claims:
    """What a reply says of itself, to find the challenge and the key that it is then held against.

    :raises Unproven: when it is not of the shape of a reply, or was made in a frame of another site.
    """
    response = credential.get("response")
    if not isinstance(response, Mapping):
        raise Unproven("no response")
    try:
        said = loads(_bytes(response.get("clientDataJSON")))
    except (DecodeError, RecursionError) as error:
        raise Unproven("client data is not JSON") from error
    if not isinstance(said, dict):
        raise Unproven("client data is no object")
    if said.get("crossOrigin") not in {None, False} or "topOrigin" in said:
        raise Unproven("made inside a page of somebody else")  # WebAuthn L3 section 13.4.2
    identifier = _bytes(credential.get("rawId"))
    if not 0 < len(identifier) <= _LONGEST_ID or credential.get("id") != encoded(identifier):
        raise Unproven("no credential id")
    handle = response.get("userHandle")
    return Claims(_bytes(said.get("challenge")), identifier, None if handle is None else _bytes(handle))


def registered(credential: Mapping[str, Any], *, challenge: bytes, relying: Relying) -> Registered:
    """Prove a new credential (WebAuthn L3 section 7.1).

    :raises Unproven: whatever is wrong with it.
    """
    claimed = claims_of(credential)
    from webauthn import verify_registration_response  # noqa: PLC0415 - see above
    from webauthn.helpers import parse_attestation_object  # noqa: PLC0415 - as above

    try:
        attested = parse_attestation_object(_bytes(credential["response"].get("attestationObject")))
        _check_unattested(attested.fmt, attested.att_stmt.x5c)
        proven = verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=relying.id,
            expected_origin=relying.origin,
            require_user_verification=True,
        )
    except Unproven:
        raise
    except Exception as error:  # the library reads what strangers wrote: whatever it stumbles over proves nothing
        raise Unproven(f"refused: {type(error).__name__}") from error
    if proven.credential_id != claimed.credential or len(proven.credential_public_key) > _LONGEST_KEY:
        raise Unproven("not the credential that it names")
    return Registered(
        proven.credential_id,
        proven.credential_public_key,
        proven.sign_count,
        _transports(credential["response"].get("transports")),
        proven.credential_backed_up,
    )


def asserted(credential: Mapping[str, Any], *, challenge: bytes, relying: Relying, public_key: bytes) -> Asserted:
    """Prove a signature (WebAuthn L3 section 7.2). The count is for the caller to compare: only once the signature holds
    does it say anything about the authenticator.

    :raises Unproven: whatever is wrong with it.
    """
    claims_of(credential)
    from webauthn import verify_authentication_response  # noqa: PLC0415 - see above
    from webauthn.helpers.structs import CredentialDeviceType  # noqa: PLC0415 - as above

    try:
        proven = verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=relying.id,
            expected_origin=relying.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        raise Unproven(f"refused: {type(error).__name__}") from error
    one_device = proven.credential_device_type == CredentialDeviceType.SINGLE_DEVICE
    return Asserted(proven.new_sign_count, one_device, proven.credential_backed_up)


def _check_unattested(form: object, certificates: object) -> None:
    """Certificates of makers are not asked for, and code that reads those of strangers is not run."""
    if form not in _FORMATS or certificates:
        raise Unproven("an attestation that nobody asked for")


def _bytes(value: object) -> bytes:
    """base64url without padding, strictly: what has two spellings is compared as neither."""
    if not isinstance(value, str):
        raise Unproven("not base64url")
    try:
        found = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unproven("not base64url") from error
    if encoded(found) != value:
        raise Unproven("not base64url")
    return found


def _transports(value: object) -> tuple[str, ...]:
    from webauthn.helpers.structs import AuthenticatorTransport  # noqa: PLC0415 - see above

    known = [each.value for each in AuthenticatorTransport]
    return tuple(each for each in known if isinstance(value, list) and each in value)


def _descriptors(known: Sequence[Known]) -> list[Any]:
    from webauthn.helpers.structs import (  # noqa: PLC0415 - see above
        AuthenticatorTransport,
        PublicKeyCredentialDescriptor,
    )

    return [
        PublicKeyCredentialDescriptor(id=each.id, transports=[AuthenticatorTransport(way) for way in each.transports])
        for each in known
    ]
