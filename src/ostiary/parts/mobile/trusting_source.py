"""Source that trusts every certificate or every host name, as bodies that do nothing or always say yes give it away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_NOTHING: Final = r"(?:\s|//[^\n]{0,200}\n|/\*(?:[^*]|\*(?!/)){0,500}\*/){0,20}"
_SHAPES: Final = (
    (
        re.compile(rf"\bcheckServerTrusted\s*\([^)]{{0,300}}\)\s*(?::\s*Unit\s*)?(?:throws\s+[\w., ]{{1,120}})?\s*(?:\{{{_NOTHING}(?:return;?\s*)?\}}|=\s*Unit\b)"),
        "checkServerTrusted does nothing: every certificate is accepted",
    ),
    (
        re.compile(rf"\bverify\s*\([^)]{{0,200}}(?:SSLSession|session)\b[^)]{{0,60}}\)\s*(?::\s*Boolean\s*)?(?:\{{{_NOTHING}return\s+true\s*;?\s*\}}|=\s*true\b)"),
        "a host name verifier always says true: everybody's certificate is accepted",
    ),
    (
        re.compile(r"[hH]ostnameVerifier\s*(?:=\s*)?(?:\(\s*)?(?:HostnameVerifier\s*)?(?:\{\s*\w{1,20}\s*,\s*\w{1,20}\s*->\s*true\s*\}|\(\s*\w{1,20}\s*,\s*\w{1,20}\s*\)\s*->\s*true\b)"),
        "a host name verifier always says true: everybody's certificate is accepted",
    ),
    (re.compile(r"\b(?:ALLOW_ALL_HOSTNAME_VERIFIER|AllowAllHostnameVerifier|NoopHostnameVerifier)\b(?!;\s*$)"), "host names are not compared with certificates"),
    (re.compile(r"\b(?:DisabledTrustEvaluator|DisabledEvaluator)\s*\(|\.disableEvaluation\b"), "Alamofire is told to evaluate no certificate"),
    (re.compile(r"\ballowInvalidCertificates\s*=\s*(?:true|YES)\b|\bvalidatesDomainName\s*=\s*(?:false|NO)\b"), "AFNetworking is told to accept invalid certificates"),
)  # fmt: skip
_ERRORS: Final = re.compile(r"\bonReceivedSslError\b")
_GOES_ON: Final = re.compile(r"\b\w{1,30}\??\.proceed\s*\(\s*\)")
_STOPS: Final = re.compile(r"\.cancel\s*\(\s*\)")
_CHALLENGE: Final = re.compile(r"URLCredential\s*\(\s*trust\s*:|credentialForTrust:")
_LOOKS: Final = re.compile(
    r"SecTrustEvaluate|SecTrustCopy|SecTrustGetCertificate|SecCertificateCopy|\.evaluate\s*\(|TrustKit"
)


def trusting(text: str) -> Iterator[tuple[int, str]]:
    """Lines and faults of one file of Kotlin, Java, Swift or Objective-C."""
    for shape, what in _SHAPES:
        for found in shape.finditer(text):
            if not text[: found.start()].rpartition("\n")[2].lstrip().startswith(("//", "*", "import ")):
                yield _line(text, found.start()), what
    if _ERRORS.search(text) and not _STOPS.search(text):
        yield from (
            (_line(text, found.start()), "a web view goes on after every certificate error")
            for found in _GOES_ON.finditer(text)
        )
    if not _LOOKS.search(text):
        yield from (
            (_line(text, found.start()), "the server's trust is accepted without a look at it")
            for found in _CHALLENGE.finditer(text)
        )


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
