"""Which URLs of a request are fetched by the application, and where from it may fetch."""

from __future__ import annotations

from typing import Literal

from ostiary.strict import Duration, Strict


class Settings(Strict, frozen=True):
    """Which fields the application fetches, and where from it may.

    ``fetched``: places in bodies (JSON pointers; ``*`` for any item or member) or names of fields and parameters.
    ``recognise``: also those whose name says so (``webhook_url``, ``feed``, or any URL of an operation that imports,
    previews or proxies). ``not-fetched``: names that are not, whatever they say. A URL has to be one that every reader
    reads the same way, of one of ``schemes`` and, if given, ``ports`` and ``hosts`` (``"*.example.com"``; these are not
    resolved). Its host must not be of this machine or a private network, spelt in any way; names are resolved, and
    every address counts. ``networks`` lets some private ones in. ``unresolved``: what a name without an address gets.
    ``header``: a request header that tells the application the addresses that were looked at, to connect to those
    and no others: without that, or a fetching client that checks again, a name may answer differently a moment later.
    """

    fetched: tuple[str, ...] = ()
    recognise: bool = True
    not_fetched: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ("https", "http")
    ports: tuple[int, ...] = ()
    hosts: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    resolve: bool = True
    unresolved: Literal["refuse", "pass"] = "refuse"
    patience: Duration = Duration("2s")
    header: str = ""
