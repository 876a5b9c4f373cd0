"""How much one GraphQL request may ask for; the defaults leave room for what clients of real APIs send."""

from __future__ import annotations

from typing import Annotated

from ostiary.strict import Meta, Size, Strict

Count = Annotated[int, Meta(ge=1, le=10_000_000)]


class Settings(Strict, frozen=True):
    """What one GraphQL request may ask for, fragments unfolded.

    ``graphql``: whether the operation speaks GraphQL; unset, its path says so (``/graphql``). ``length`` and ``tokens`` bound
    what is parsed, ``tokens`` over a whole batch. ``cost`` counts fields, those below a field that asks for ``first: 50`` fifty times.
    ``roots`` bounds the root fields, ``mutations`` those of a mutation, ``repeats`` how often one root field that tries a
    secret (login, verify, redeem) may be asked; all of these, and ``aliases``, over a whole batch. ``suggestions``: whether
    "Did you mean" stays in errors. ``persisted``: SHA-256 digests of the only documents that are let in; empty: any.
    """

    graphql: bool | None = None
    length: Size = Size("32KiB")
    tokens: Count = 2000
    depth: Annotated[int, Meta(ge=1, le=50)] = 12
    aliases: Count = 30
    roots: Count = 20
    mutations: Count = 5
    repeats: Count = 1
    cost: Count = 50_000
    directives: Count = 50
    batch: Count = 5
    introspection: bool = False
    suggestions: bool = False
    persisted: tuple[str, ...] = ()
