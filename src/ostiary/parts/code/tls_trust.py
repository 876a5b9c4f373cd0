"""Calls that speak TLS without looking at the certificate: whoever stands between reads and changes what is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Code, Language, Spot, Value

_CLIENTS: Final = re.compile(
    r"(?:^|\.)(?:get|post|put|patch|delete|head|options|request|send|stream|Client|AsyncClient|Session|setopt|create|Elasticsearch|"
    r"withOptions|PoolManager|fetch|urlopen|connect|new|HTTPAdapter|RestClient|ClientSession|TCPConnector|client|boto3\.resource)$"
)
_OFF: Final = frozenset({"verify", "verify_ssl", "ssl_verify", "verify_certs", "rejectUnauthorized", "strictSSL", "verify_peer",
                         "verify_peer_name", "ssl", "check_hostname", "ssl_verify_peer", "CURLOPT_SSL_VERIFYPEER"})  # fmt: skip
_ON: Final = frozenset({"InsecureSkipVerify", "tlsAllowInvalidCertificates", "tlsInsecure", "insecure_skip_verify", "allow_self_signed",
                        "tlsAllowInvalidHostnames"})  # fmt: skip
_ANYWHERE: Final = frozenset(
    {"rejectUnauthorized", "strictSSL", "verify_peer", "verify_peer_name", "verify_certs", *_ON}
)
_NONE: Final = re.compile(r"(?:^|[.:])(?:CERT_NONE|VERIFY_NONE)$")
_TRUSTING: Final = frozenset({"TrustAllStrategy", "NoopHostnameVerifier", "AllowAllHostnameVerifier", "TrustAllCerts"})
_HERE: Final = re.compile(r"https://(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)")
UNVERIFIED: Final = "a certificate is not verified"


def unverified(code: Code) -> Iterator[Spot]:
    """Where code switches the verification of certificates off, in every language that is read."""
    for call in code.calls():
        if _is_off(call) and not any(isinstance(each.literal, str) and _HERE.match(each.literal) for each in call.args):
            yield call
    for each in code.assignments("*"):
        last, value = each.last.strip("'\""), each.value
        if (
            (last == "NODE_TLS_REJECT_UNAUTHORIZED" and str(value.literal) == "0")
            or (last in {"verify_mode", "cert_reqs"} and _NONE.search(value.name or value.text))
            or (last in _ON and value.literal is True)
            or (last in _ANYWHERE - _ON and value.literal is False)
            or (last == "verify" and value.literal is False and "." in each.name and "session" in each.name.lower())
            or (last == "_create_default_https_context" and value.name.endswith("_create_unverified_context"))
        ):
            yield each
    yield from _empty_managers(code)


def _is_off(call: Call) -> bool:
    if call.name.endswith("ssl._create_unverified_context"):
        return True
    if call.language is Language.RUBY and call.method == "verify_mode":
        return bool(re.search(r"=\s*(?:\w+::)*VERIFY_NONE\b", call.text))
    if call.name == "curl_setopt":
        return _curl(call)
    members = [*call.keywords.items(), *(pair for value in call.args for pair in value.pairs.items())]
    if any(_member_off(name.strip("'\""), value, call) for name, value in members):
        return True
    java = call.language in {Language.JAVA, Language.KOTLIN}
    return java and (
        call.method in _TRUSTING
        or any(name in each.text for each in call.args for name in _TRUSTING)
        or (
            call.method in {"setHostnameVerifier", "hostnameVerifier", "setDefaultHostnameVerifier"}
            and any(
                re.search(r"->\s*(?:true|\{\s*return true;?\s*\})\s*$|^\{[^}]*->\s*true\s*\}$", each.text)
                for each in call.args
            )
        )
    )


def _member_off(name: str, value: Value, call: Call) -> bool:
    if name in _ON:
        return value.literal is True
    if name in {"cert_reqs", "verify_mode", "ssl_verify_mode"}:
        return bool(_NONE.search(value.name or value.text)) or value.literal == "CERT_NONE"
    if name not in _OFF or value.literal is not False:
        return False
    if name == "ssl":
        return "aiohttp" in call.name
    return name in _ANYWHERE or (bool(_CLIENTS.search(call.name)) and "jwt" not in call.name.lower())


def _curl(call: Call) -> bool:
    option = call.args[1].text if len(call.args) > 2 else ""  # noqa: PLR2004 - handle, option, value
    return option in {"CURLOPT_SSL_VERIFYPEER", "CURLOPT_SSL_VERIFYHOST"} and not _is_set(call.args[2])


def _is_set(value: Value) -> bool:
    """Whether it may be something else than a plain no."""
    return not (value.literal is False or (isinstance(value.literal, int) and value.literal == 0))


def _empty_managers(code: Code) -> Iterator[Spot]:
    """Java's and Kotlin's ``checkServerTrusted`` that looks at nothing: no call stands in it."""
    busy = {(each.function.path, each.function.line) for each in code.calls() if each.function is not None}
    for each in code.functions():
        short = each.end - each.line <= 3  # noqa: PLR2004 - lines of an empty body
        if each.name == "checkServerTrusted" and short and (each.path, each.line) not in busy:
            yield each
