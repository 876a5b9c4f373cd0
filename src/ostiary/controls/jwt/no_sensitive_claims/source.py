"""Code that puts passwords, secrets or personal numbers into tokens, which anybody can read who holds one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity
from ostiary.parts.code import jose
from ostiary.parts.code.jose import Signing
from ostiary.parts.code.judging import Fault, judged
from ostiary.parts.secret_names import flat, kind_of

_PERSONAL: Final = frozenset(
    map(
        flat,
        [
            "ssn",
            "social_security_number",
            "social_security",
            "national_id",
            "national_insurance_number",
            "tax_id",
            "passport",
            "passport_number",
            "driver_license",
            "date_of_birth",
            "dob",
            "birth_date",
            "birthday",
            "home_address",
            "street_address",
            "address",
            "postal_address",
            "phone",
            "phone_number",
            "mobile_number",
            "iban",
            "bank_account",
            "account_number",
            "routing_number",
            "salary",
            "income",
            "diagnosis",
            "medical_record",
            "blood_type",
            "credit_score",
        ],
    )
)
_GRAVE: Final = re.compile(
    r"(?i)ssn|social|national|tax|passport|license|iban|bank|routing|salary|income|diagnos|medical|blood|credit"
)
_IDENTIFIERS: Final = frozenset(
    map(flat, ("session_id", "session_key", "access_key", "auth_key", "pan", "pin", "otp_required", "session_token"))
)
_DUMPS: Final = re.compile(
    r"(?:^|\.)(?:to_dict|as_dict|dict|model_dump|toJSON|toObject|asdict|model_to_dict|vars|serialize|to_json|as_json|attributes|jsonable_encoder)$"
)
SHOWN: Final = "a credential is put into a token"
PERSONAL: Final = "personal details are put into a token"
DUMPED: Final = "a whole record is put into a token, whatever it holds"


async def audit_source(tree: Tree) -> Finding:
    """Look at the claims that issuing calls are given."""
    faults: list[Fault] = []
    sound: list[Spot] = []
    undecided = 0
    for signing in jose.signings(tree):
        found = list(_faults(signing))
        faults += found
        if not found and not signing.open:
            sound.append(signing.call)
        undecided += not found and signing.open
    for call in tree.code.calls("flask_jwt_extended.create_access_token", "flask_jwt_extended.create_refresh_token"):
        claims = call.argument(None, "additional_claims", "user_claims")
        identity = call.argument(0, "identity")
        for value in (claims, identity):
            if value is not None and value.pairs:
                faults += _faults(Signing(call=call, claims=value.pairs))
    return judged(
        tree,
        faults,
        sound=sound,
        holds="claims are identifiers and rights",
        nothing="call that issues a JWT",
        undecided=f"not all claims of {undecided} tokens were seen"
        if undecided or (jose.used(tree) and not sound)
        else "",
        proof="A token is signed, not encrypted: whoever sees it can read its claims.",
    )


def _faults(signing: Signing) -> Iterator[Fault]:
    for name, value in signing.claims.items():
        plain = flat(name)
        kind = kind_of(name)
        if plain in _IDENTIFIERS or isinstance(value.literal, bool):
            continue
        if kind in {"password", "secret", "card"}:
            yield Fault(signing.call, SHOWN, Confidence.FIRM, Severity.HIGH)
        elif plain in _PERSONAL:
            yield Fault(signing.call, PERSONAL, Confidence.FIRM, None if _GRAVE.search(name) else Severity.LOW)
    whole = signing.whole
    if whole is not None and whole.call is not None and _DUMPS.search(whole.call.name) and not _is_chosen(signing):
        yield Fault(signing.call, DUMPED, Confidence.TENTATIVE)


def _is_chosen(signing: Signing) -> bool:
    """Whether a dump says which members it takes, or is of the function's own claims."""
    call = signing.whole.call if signing.whole is not None else None
    if call is None:
        return True
    if call.argument(None, "include", "only", "fields") is not None or (
        call.args and call.name in {"dict", "vars"} and call.args[0].pairs
    ):
        return True
    receiver = call.receiver
    return receiver is not None and re.search(r"(?i)claims|payload|token|data|identity", receiver.text) is not None
