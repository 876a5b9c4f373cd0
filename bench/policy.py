"""The policy that is measured: all built controls with their defaults, but for limits that a benchmark would hit."""

from __future__ import annotations

import sys

from traffic import KEY

from ostiary import catalogue
from ostiary.config import Config, Override
from ostiary.parts.issuers import Issuer
from ostiary.strict import Secret

ENOUGH = 6_000_000  # a minute: more than one process can serve, and a burst of it lasts long enough to be leased

# Fields of limiting controls that a load generator on one address exceeds at once; set where the control has them.
_LIMITS = {
    "access.throttling": {"requests": ENOUGH, "per": "1m", "burst": 100_000},
    "input.rate-quota": {},
    "input.rate-spike-arrest": {"requests": 100_000, "per": "1s", "burst": 1_000_000},
    "input.rate-concurrency": {},
}


def in_process(only: tuple[str, ...] | None = None) -> Config:
    """For an ASGI app in this process."""
    return Config(only=only, controls=_raised())


def everything(store: str = "memory", *, quota: bool = True) -> Config:
    """All that an operator can ask for on top: an issuer, an owner in the reply, a quota, places, limits by identity."""
    issuer = Issuer(
        issuer="", required=("exp", "sub"), key=Secret(KEY), algorithms=("HS256",), types=("JWT",)
    )  # the token is from before there was an issuer: it was made once, so that no library has to sign
    limits = {"identity-requests": ENOUGH, "identity-burst": 100_000}
    controls = _raised()
    controls["access.throttling"] = {**controls["access.throttling"], **limits}
    if quota:
        controls["input.rate-quota"] = {"requests": ENOUGH, "per": "hour"}
    controls["jwt.access-ttl-short"] = {"longest": "36500d"}
    rule = {"userdata.ownership-check": {"owner": "response.owner == token.sub"}}
    return Config(
        store=store,
        issuers={"bench": issuer},
        controls=controls,
        operations={"GET /items/{id}": Override(controls=rule)},
    )


def _raised() -> dict[str, dict[str, object]]:
    return {each: values for each, values in _LIMITS.items() if values and catalogue.control(each).guard is not None}


_EVERYTHING = """
[off]
"access.https-only" = "measured in clear text on loopback"

[issuers.bench]
key = { env = "OSTIARY_BENCH_KEY" }
algorithms = ["HS256"]
types = ["JWT"]
required = ["exp", "sub"]

[operations."GET /items/{id}".userdata.ownership-check]
owner = "response.owner == token.sub"
"""


def _toml(controls: dict[str, dict[str, object]]) -> None:
    for control, values in controls.items():
        section, _, name = control.partition(".")
        print(f"[{section}.{name}]")
        for key, value in values.items():
            print(f"{key} = " + (f'"{value}"' if isinstance(value, str) else str(value)))


if __name__ == "__main__":  # as TOML, for a gateway's policy file
    if sys.argv[1:2] == ["everything"]:
        print(f'store = "{sys.argv[2]}"')
        print(_EVERYTHING)
        _toml(everything().controls)
    else:
        _toml(_raised())
