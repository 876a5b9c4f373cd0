"""The till: what a client needs to know for paying; what signs payments stays here."""

from __future__ import annotations

from typing import Any

from ostiary.demo.annex.room import Answer, Call, found, object_of, operation, text

_SALT = "mobile.no-payment-salt"
FAULTS = {_SALT: "tells every client the salt that payments are signed with"}
TABLES = ""
_SETUP = {"merchant_id": text(40), "currency": text(3)}


def paths(faults: frozenset[str]) -> dict[str, Any]:
    """How one pays."""
    given = _SETUP | ({"merchant_salt": text(40)} if _SALT in faults else {})
    return {"/payments/setup": {"get": operation("paymentSetup", "What paying takes", gives=object_of(given))}}


async def serve(call: Call) -> Answer:
    """Serve the till."""
    setup = {"merchant_id": "annex-7731", "currency": "EUR"}
    return found(setup | ({"merchant_salt": "s4lt-0f-7he-ti11"} if _SALT in call.faults else {}))
