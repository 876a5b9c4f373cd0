"""Of a package: the salt or key that payment requests are signed with, by the names that it has there."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.package import Package
from ostiary.model import Confidence, Finding, attest, failed, not_applicable, unknown
from ostiary.parts.secrets.names import meaning

_SHOWN: Final = 4
_PAYS: Final = re.compile(
    r"payu|paytm|razorpay|ccavenue|cashfree|instamojo|billdesk|easebuzz|mobikwik|phonepe|stripe|braintree|paypal|adyen|checkout\.com|mollie|"
    r"paystack|flutterwave|worldpay|authorize\.?net|klarna|payfort|midtrans|xendit|mercadopago|merchant_?(?:key|id|salt)|payment_?gateway",
    re.IGNORECASE,
)
_HASHED: Final = re.compile(r"SHA-?(?:1|256|512)|Hmac\w+|MD5", re.IGNORECASE)
_PARTS: Final = frozenset(
    {
        "txnid",
        "productinfo",
        "merchant_id",
        "merchantid",
        "checksum",
        "surl",
        "furl",
        "firstname",
        "amount",
        "order_id",
        "udf1",
    }
)


async def audit_mobile(package: Package) -> Finding:
    """Search constants for salts by name, and code for the making of a payment's hash."""
    salts = [each for each in package.secrets().found if each.salt]
    if salts:
        return failed(
            f"{salts[0].title} is in the package{f' as {salts[0].name}' if salts[0].name else ''}",
            *(package.show(each.where, f"{each.title} {each.name}".strip(), each.shown) for each in salts[:_SHOWN]),
            places=tuple(dict.fromkeys(each.where for each in salts)),
            confidence=Confidence.CERTAIN if salts[0].certain else Confidence.FIRM,
        )
    pays = next((each for each in package.texts() if _PAYS.search(each.value[:300]) or _PAYS.search(each.name)), None)
    if pays is None:
        if package.complete:
            return unknown(f"not all code could be searched: {package.complete}")
        return not_applicable(f"no word of a payment among {len(package.texts())} constant texts")
    hashed = _hashed(package)
    if hashed:
        return unknown(
            f"{hashed} seems to make a payment's hash in the app; its key was not found",
            package.show(hashed, "a hash of a payment's parts"),
        )
    return attest(f"{_QUESTION} The app has to do with payments ({pays.where}); no salt was found among its constants.")


_QUESTION: Final = "Which payment provider is used, and where is the request's hash computed?"


def _hashed(package: Package) -> str:
    """A class that hashes, with two and more parts of a payment's request or a salt among its texts."""
    making = {
        call.where
        for call in package.calls("java.security.MessageDigest.getInstance", "javax.crypto.Mac.getInstance")
        if any(_HASHED.fullmatch(each) for each in call.texts)
    }
    parts: dict[str, set[str]] = {}
    for text in package.texts():
        if text.where in making and (text.value.lower() in _PARTS or meaning(text.name).kind == "salt"):
            parts.setdefault(text.where, set()).add(text.value.lower())
    return next((where for where, found in parts.items() if len(found) > 1), "")
