"""Whether a server lists the files of a folder: nginx's autoindex, Apache's Indexes, HAProxy has none."""

from __future__ import annotations

from typing import Any

from ostiary.evidence.deployment import Block, Deployment, Setting
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.servers import servers


def listing(deployment: Deployment) -> Opinion:
    """What configuration of servers says."""
    opinion = Opinion()
    for each in deployment.settings("nginx", "autoindex"):
        if each.value == ("on",):
            opinion.fault(each.place, f"nginx lists the files of {_where(each)} (autoindex on)")
    for each in deployment.settings("apache", "options"):
        _options(opinion, each)
    if not opinion.faults:
        _fine(opinion, deployment)
    return opinion


def _where(setting: Setting) -> str:
    last = setting.path[-1] if setting.path else ""
    return last.removeprefix("location ").strip() if last.startswith("location ") else "every folder"


def _options(opinion: Opinion, setting: Setting) -> None:
    words = [str(each).lower() for each in setting.value]
    if {"indexes", "+indexes", "all"}.isdisjoint(words):
        return
    if _taken_back(setting):
        return
    section = setting.path[-1] if setting.path else "every folder"
    opinion.fault(setting.place, f"Apache lists the files of {section} (Options {' '.join(setting.value)})")


def _taken_back(setting: Setting) -> bool:
    """Whether a later line of the same section switches it off again."""
    block: Any = setting.inside
    if not isinstance(block, Block):
        return False
    after = block.own("options")
    last = [str(each).lower() for each in after[-1].value] if after else []
    return (
        after[-1] is not setting
        and ("-indexes" in last or not any(each[:1] in {"+", "-"} for each in last))
        and ({"indexes", "+indexes", "all"}.isdisjoint(last))
    )


def _fine(opinion: Opinion, deployment: Deployment) -> None:
    """Nginx lists nothing unless told to, Apache neither since 2.4: what was read whole speaks for itself."""
    for server in servers(deployment):
        if server.block.uncertain:
            opinion.undecided(server.place, f"{server.tool} includes files that are not here")
        else:
            opinion.good(server.place, f"no folder of a virtual server of {server.tool} is listed")
    for each in deployment.settings("apache", "options"):
        opinion.good(each.place, f"Options {' '.join(each.value)}")
