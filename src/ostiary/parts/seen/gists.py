"""What a reply says, without what it repeats of the request and without what differs from one moment to the next."""

from __future__ import annotations

import html
import json
import re
from typing import Final
from urllib.parse import quote, quote_plus

from ostiary.evidence import Answer

_MOMENT: Final = re.compile(
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"  # a UUID
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|[0-9a-fA-F]{16,}|\d{9,}"  # digests, times in seconds
)


def gist(answer: Answer, *texts: str) -> tuple[int, str]:
    """Status and body, for comparing replies.

    :param texts: what the request said, taken out in every spelling in which a reply may repeat it.
    """
    body = answer.text
    for text in texts:
        forms = {
            text,
            json.dumps(text)[1:-1],
            html.escape(text),
            html.escape(text, quote=False),
            quote(text),
            quote(text, safe=""),
        }
        forms |= {quote_plus(text), html.escape(text).replace("&#x27;", "&#39;"), text.lower()}
        for form in sorted(forms - {""}, key=len, reverse=True):
            body = body.replace(form, "")
    return answer.status, _MOMENT.sub("", body)
