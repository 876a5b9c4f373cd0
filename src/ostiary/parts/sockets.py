"""Certificates, waits and sizes of the gateway's sockets are settings with an end each."""

from __future__ import annotations

from typing import Annotated, Literal

from ostiary.strict import Duration, Meta, Strict


class Tls(Strict, frozen=True):
    """Where the gateway's certificate is; ``self-made`` has it make one for development, valid for localhost.

    ``client-authorities`` (PEM file) are those whose certificates clients may show; ``client-certificate`` says whether
    they must: ``"required"`` ends the handshake of a client without one.
    """

    certificate: str = ""
    key: str = ""
    self_made: bool = False
    client_authorities: str = ""
    client_certificate: Literal["", "optional", "required"] = ""  # empty: required where authorities are named


class Wire(Strict, frozen=True):
    """How the gateway deals with sockets; every wait and every size has an end.

    ``proxy-protocol`` names the load balancers whose connections begin with a PROXY protocol header (1 or 2), before TLS:
    it is required of them, and the address in it is the client's. Of anybody else it is a malformed request.
    """

    connect_timeout: Duration = Duration("5s")
    reply_timeout: Duration = Duration("60s")  # until the upstream's reply head
    idle_timeout: Duration = Duration("75s")  # between requests of a client's connection
    head_timeout: Duration = Duration("10s")  # for a whole request head
    stall_timeout: Duration = Duration("30s")  # without one byte of progress in a body, either way
    drain: Duration = Duration("30s")  # for exchanges under way after SIGTERM
    connections: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000  # clients at once, per process
    upstream_connections: Annotated[int, Meta(ge=1, le=100_000)] = 256  # to the upstream at once, per process
    workers: Annotated[int, Meta(ge=0, le=1024)] = 0  # processes; 0: one per core
    proxy_protocol: tuple[str, ...] = ()  # networks
