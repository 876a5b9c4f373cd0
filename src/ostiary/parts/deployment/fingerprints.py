"""What servers are told to say of themselves: nginx's server_tokens, Apache's ServerTokens, PHP's expose_php."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.deployment import Deployment, Setting
from ostiary.parts.deployment.opinion import Opinion

_TELLING: Final = frozenset(
    ["full", "os", "minor", "min", "minimal", "major"]
)  # httpd 2.4: all but "Prod" name a version


def banners(deployment: Deployment) -> Opinion:
    """What configuration says, and what nginx says when nobody tells it to be silent."""
    opinion = Opinion()
    for each in deployment.settings("nginx", "server_tokens"):
        value = str(each.value[0]) if each.value else ""
        if each.unresolved:
            opinion.undecided(each.place, f"server_tokens rests on {', '.join(each.unresolved)}")
        elif value in {"on", "build"}:
            opinion.fault(each.place, f"nginx names its version (server_tokens {value})")
        else:
            opinion.good(each.place, f"server_tokens {value or 'empty'}")
    _apache(opinion, deployment)
    _php(opinion, deployment)
    _silent(opinion, deployment)
    return opinion


def _apache(opinion: Opinion, deployment: Deployment) -> None:
    tokens = list(deployment.settings("apache", "servertokens"))
    for each in tokens[-1:] if len({each.file for each in tokens}) == 1 else tokens:
        value = str(each.value[0]).lower() if each.value else ""
        _either(opinion, each, f"ServerTokens {value}", "Apache names its version", bad=value in _TELLING)
    for each in deployment.settings("apache", "serversignature"):
        value = str(each.value[0]).lower() if each.value else ""
        _either(opinion, each, f"ServerSignature {value}", "Apache signs its pages", bad=value in {"on", "email"})


def _either(opinion: Opinion, setting: Setting, told: str, what: str, *, bad: bool) -> None:
    if setting.unresolved:
        opinion.undecided(setting.place, f"{setting.name} rests on {', '.join(setting.unresolved)}")
    elif bad:
        opinion.fault(setting.place, f"{what} ({told})")
    else:
        opinion.good(setting.place, told)


def _php(opinion: Opinion, deployment: Deployment) -> None:
    for each in deployment.settings("php", "expose_php"):
        on = str(each.value).strip().lower() in {"on", "1", "true", "yes"}
        _either(opinion, each, f"expose_php {each.value}", "PHP names its version", bad=on)


def _silent(opinion: Opinion, deployment: Deployment) -> None:
    """Nginx names its version unless it is told not to; that can be said where all of ``http`` is here."""
    for root in deployment.roots("nginx"):
        for block in root.walk():
            if block.kind != "http" or any(each.own("server_tokens") for each in block.walk()):
                continue
            if any(each.open_end for each in block.walk()):
                opinion.undecided(block.place, "nginx includes files that are not here: server_tokens may stand there")
            else:
                opinion.fault(block.place, "nginx names its version: nothing here says server_tokens off")
