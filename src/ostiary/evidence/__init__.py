"""What a check may ask: the ports through which audits see the world, so that no check does I/O of its own."""

from ostiary.evidence.http import (
    Account,
    Answer,
    Asked,
    Http,
    Listener,
    OAuthClient,
    Shown,
    Spec,
    Thing,
)

__all__ = ["Account", "Answer", "Asked", "Http", "Listener", "OAuthClient", "Shown", "Spec", "Thing"]
