"""What a policy for reports says to whoever reads it: safe harbour, times, thanks, or threats."""

from __future__ import annotations

import re
from typing import Final

QUESTION: Final = (
    "Do reporters get timely, polite answers (attach the policy with safe harbour, the median first-response "
    "time and anonymised sample replies)?"
)
SAYS: Final = {
    "safe harbour": re.compile(r"safe harbou?r|will not (?:pursue|take|initiate|bring)[^.]{0,60}(?:legal|action)|good faith", re.IGNORECASE),
    "a time to answer in": re.compile(r"within \w+ (?:\(\d+\) )?(?:business |working )?(?:hours?|days?|weeks?)", re.IGNORECASE),
    "thanks": re.compile(r"acknowledg|hall of fame|thank|credit", re.IGNORECASE),
}  # fmt: skip
THREATENS: Final = re.compile(
    r"(?<!not )(?:will|may|shall) (?:be prosecuted|prosecute|take legal action|pursue legal action|face prosecution)",
    re.IGNORECASE,
)
