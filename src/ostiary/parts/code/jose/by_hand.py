"""Tokens that code takes apart on its own: the part between the dots, decoded from base64."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Call, Code, Value

_DECODERS: Final = (
    *("base64.urlsafe_b64decode", "base64.b64decode", "base64.decodebytes", "base64.standard_b64decode", "Buffer.from", "atob", "base64url.decode", "js-base64.Base64.decode"),
    *("*Base64.getUrlDecoder().decode", "*Base64.getDecoder().decode", "*Base64.decodeBase64", "*Base64.decode", "base64_decode", "Base64.urlsafe_decode64"),
    *("Base64.decode64", "encoding/base64.RawURLEncoding.DecodeString", "encoding/base64.URLEncoding.DecodeString", "encoding/base64.StdEncoding.DecodeString"),
)  # fmt: skip
_SPLIT: Final = re.compile(
    r"\b(?:split|Split|explode)\s*\(\s*(?:\$?\w+\s*,\s*)?['\"/](?:\\+)?\.['\"/]\s*(?:,\s*\$?\w+\s*)?\)\s*(?:\[\s*1\s*\]|\.at\(1\))"
)
_PART: Final = re.compile(
    r"^\W*(?:\w+\.)*(?:parts?|segments?|pieces|chunks|payload\w*|token_?parts|jwt_?parts|split\w*|sections?|\w+Parts)\s*(?:\[\s*1\s*\])?"
)


def second_parts(code: Code) -> Iterator[Call]:
    """Calls that decode the second part of a text that was split at its dots."""
    for call in code.calls(*_DECODERS):
        if call.args and _is_part(call.args[0]):
            yield call


def _is_part(value: Value, depth: int = 0) -> bool:
    """Whether a value is the second part of a text that was split at its dots."""
    if _SPLIT.search(value.text):
        return True
    if value.call is not None and value.call.method in {"strtr", "str_replace", "tr"} and depth < 2:  # noqa: PLR2004 - its alphabet is changed
        inner = [*value.call.args, *([value.call.receiver] if value.call.receiver is not None else [])]
        return any(_is_part(each, depth + 1) for each in inner)
    for each in (value, *value.parts[:4]):
        call: Call | None = each.call
        for _ in range(4):
            if call is None:
                break
            if call.method in {"split", "Split", "explode"} and any(arg.literal in {".", "\\."} for arg in call.args):
                return bool(re.search(r"\[\s*1\s*\]", each.text)) or (
                    bool(_PART.match(each.text)) and not re.search(r"\[\s*[02]\s*\]", each.text)
                )
            call = call.receiver.call if call.receiver is not None else None
    return False
