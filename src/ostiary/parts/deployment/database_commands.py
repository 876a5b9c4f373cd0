"""What the command line of a data store says about passwords."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ostiary.evidence.deployment import Unknown
from ostiary.parts.deployment.common_passwords import fault, is_common
from ostiary.parts.deployment.opinion import Opinion
from ostiary.parts.deployment.services import Service


def told(opinion: Opinion, service: Service, engine: str) -> bool:
    """Say what is wrong with a command; whether it speaks of passwords at all."""
    check = _COMMANDS.get(engine)
    return check(opinion, service) if check is not None else False


def _redis(opinion: Opinion, service: Service) -> bool:
    """``--requirepass`` or an ACL file demand one; a configuration file may."""
    words = [each for word in service.words for each in (word.split() if isinstance(word, str) else [word])]
    words += str(service.variables["REDIS_ARGS"].value).split() if "REDIS_ARGS" in service.variables else []
    for at, word in enumerate(words):
        if word in {"--requirepass", "requirepass"}:
            value = words[at + 1] if at + 1 < len(words) else ""
            if isinstance(value, Unknown) or (isinstance(value, str) and value.startswith("$")):
                opinion.undecided(
                    service.words_place, f"the password of {service.name} (redis) rests on a variable", extract=""
                )
            elif is_common(str(value).strip("\"'")):
                fault(
                    opinion,
                    service,
                    service.words_place,
                    f"{service.name} (redis) has a password that everybody tries first",
                    name="requirepass",
                )
            return True
        if isinstance(word, str) and word.startswith(("--aclfile", "--user")):
            return True
        if isinstance(word, str) and word.endswith((".conf", ".acl")):
            opinion.undecided(service.words_place, f"{service.name} (redis) is told by {word.rpartition('/')[2]}")
            return True
        if isinstance(word, Unknown):
            opinion.undecided(service.words_place, f"the command of {service.name} (redis) rests on a variable")
            return True
    return False


def _mongo(opinion: Opinion, service: Service) -> bool:
    words = [str(each) for each in service.words]
    if "--noauth" in words:
        fault(
            opinion,
            service,
            service.words_place,
            f"{service.name} (mongodb) takes connections without a password (--noauth)",
        )
        return True
    if any(each.startswith(("--config", "-f")) for each in words):
        opinion.undecided(service.words_place, f"{service.name} (mongodb) is told by a file that is not read")
        return True
    return any(each in {"--auth", "--keyFile"} or each.startswith("--keyFile=") for each in words)


def _mysql(opinion: Opinion, service: Service) -> bool:
    for word in service.words:
        if isinstance(word, str) and word.startswith("--skip-grant-tables"):
            fault(
                opinion,
                service,
                service.words_place,
                f"{service.name} (mysql) asks nobody for a password (--skip-grant-tables)",
            )
            return True
    return False


_COMMANDS: Final[Mapping[str, Callable[[Opinion, Service], bool]]] = {
    "redis": _redis,
    "mongodb": _mongo,
    "mysql": _mysql,
}
