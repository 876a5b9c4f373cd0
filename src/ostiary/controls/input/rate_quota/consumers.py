"""Whose allowance a request spends: the caller's, his tenant's, that of his API key, or his source's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container
from typing import NamedTuple

from ostiary.controls.input.rate_quota.settings import Settings
from ostiary.errors import Denied
from ostiary.model import Exchange, Principal
from ostiary.parts.allowances import keys_of_identities, keys_of_sources, short
from ostiary.parts.claim_texts import claim_of


class Consumer(NamedTuple):
    """An allowance, and its size."""

    key: str
    limit: int
    source: str = ""  # the key of another that is spent as well, before it
    proof: str = ""  # what is proven when the application accepts this request


def consumers(settings: Settings, proven: Container[str]) -> Callable[[Exchange], Consumer | None]:
    """A function that says whose allowance an exchange spends; None: nobody's. It raises `Denied` (400) for two API keys.

    :param proven: digests of API keys that the application has accepted.
    """
    prefix = f"quota:{settings.name}:{settings.per}"
    header = settings.key_header.lower().encode()
    source_key = keys_of_sources(f"{prefix}:source:")
    source_of_keys = keys_of_sources(f"{prefix}:keys-of:")
    by_token = _by_token(settings, prefix)
    requests = settings.requests

    def consumer_of(exchange: Exchange) -> Consumer | None:
        principal = exchange.principal
        if principal is not None:
            return by_token(principal) if requests else None
        if header and requests:
            keys = exchange.all(header)
            if len(keys) > 1:  # the application may look at another than is counted
                raise Denied(400, "the API key is given more than once")
            if keys and keys[0]:
                digest = hashlib.sha256(keys[0]).hexdigest()
                source = "" if digest in proven else source_of_keys(exchange.client)
                return Consumer(f"{prefix}:key:{digest}", requests, source, digest)
        if settings.anonymous:
            return Consumer(source_key(exchange.client), settings.anonymous)
        return None

    return consumer_of


def _by_token(settings: Settings, prefix: str) -> Callable[[Principal], Consumer]:
    identity_key = keys_of_identities(f"{prefix}:identity:")
    requests = settings.requests

    def by_identity(principal: Principal) -> Consumer:
        return Consumer(identity_key(principal.identity), requests)

    def by_claims(principal: Principal) -> Consumer:
        plans = [settings.plans.get(each, 0) for each in claim_of(principal.claims, settings.plan_claim)]
        limit = max(plans, default=0) or requests
        values = claim_of(principal.claims, settings.claim) if settings.claim else ()
        if values:
            return Consumer(f"{prefix}:claim:{principal.issuer}:{short(values[0])}", limit)
        return Consumer(identity_key(principal.identity), limit)

    return by_claims if settings.plans or settings.claim else by_identity
