"""The key or salt that signs payment requests exists only on the server, never in the app.

Why
    Anyone can unpack the app, take the salt and forge amounts, refunds or success callbacks.

Fix
    Compute the payment hash in a server operation that takes the amount from your own order data and returns only
    the signed parameters. Remove the salt from source, ``strings.xml``, ``BuildConfig``, plists, native libraries
    and script bundles. Ask the payment provider for a new salt if any released version held it, because old
    versions stay extractable. Scan the built APK and IPA in CI.

Traps
    - Publishable or client keys are meant to be public: keep a list per gateway.
    - Random-looking asset hashes are not salts: require context.
    - React Native and Flutter bundles hide strings in JS or AOT blobs: extract those too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.controls.mobile.no_payment_salt.mobile import audit_mobile
from ostiary.controls.mobile.no_payment_salt.source import audit_source
from ostiary.errors import Unanswerable
from ostiary.evidence import Http
from ostiary.model import Confidence, Control, Finding, Kind, Maps, Probe, Severity, attest, failed, not_applicable
from ostiary.parts.role_words import words
from ostiary.parts.seen.bodies import parse

MOST: Final = 6  # operations
_SHORTEST: Final = 6  # characters of a salt
_PAYS: Final = frozenset(
    {"payment", "payments", "checkout", "pay", "payu", "razorpay", "paytm", "upi", "transaction", "transactions"}
)
_SALT: Final = re.compile(
    r"(?:merchant|payment|gateway|payu|paytm|hash)?(?:salt|saltkey)|merchant(?:key|secret)|(?:payment|gateway)(?:secret|signingkey)"
)
_BESIDE: Final = re.compile(r"merchant(?:id|key|code)?|mid|txnid|gateway")


async def audit_live(http: Http) -> Finding:
    """Read what operations around payments hand out: what signs a payment request must not be among it."""
    paying = [each for each in http.operations if set(words(each.path) + words(each.id)) & _PAYS]
    if not paying and http.api is not None:
        return not_applicable("no operation deals with payments")
    signing = []
    for operation in [each for each in paying if each.method == "GET"][:MOST]:
        try:
            answer = await http.baseline(operation)
        except Unanswerable:
            continue
        for names in _objects(parse(answer.body)):
            salts = [name for name in names if _SALT.fullmatch(name)]
            if salts and any(_BESIDE.fullmatch(name) for name in names if name not in salts):
                return failed(
                    f"{operation.key} hands out what payment requests are signed with ({salts[0]})",
                    http.show(answer, "the reply with the salt"),
                    places=(operation.key,),
                    facts={"fields": salts},
                    confidence=Confidence.TENTATIVE,
                )
            signing += [operation.key] if {"hash", "signature", "checksum"} & set(names) else []
    hint = f"{signing[0]} hands out a signature that the server made. " if signing else ""
    return attest(hint + control.attest)


def _objects(document: Any) -> Iterator[dict[str, str]]:
    """The texts of each object in a document, by their names without separators."""
    stack, left = [document], 500
    while stack and left:
        left -= 1
        value = stack.pop()
        if isinstance(value, Mapping):
            stack += value.values()
            yield {
                re.sub(r"[^a-z]", "", str(name).lower()): each
                for name, each in value.items()
                if isinstance(each, str) and len(each) >= _SHORTEST
            }
        elif isinstance(value, list):
            stack += value[:20]


control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.PASSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.MOBILE: audit_mobile, Kind.SOURCE: audit_source},
    attest=(
        "Which payment provider is used, and where is the request hash computed (attach the server code extract or "
        "a flow diagram)?"
    ),
    reach="cannot: the app is not served here",
    maps=Maps(
        owasp_api=("API8:2023", "API6:2023"),
        asvs=("13.3.1",),
        cwe=(798, 321),
        standards=("OWASP MASVS-CRYPTO-2, MASVS-STORAGE-1", "MASTG-TEST-0212, 0213", "PCI DSS 4.0.1"),
    ),
)
