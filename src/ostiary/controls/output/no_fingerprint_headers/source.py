"""Configuration and code: servers and frameworks are told not to name themselves."""

from __future__ import annotations

from ostiary.evidence.code import Call, Code, Language
from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import fingerprints
from ostiary.parts.deployment.opinion import Opinion, finding, unread


async def audit_source(tree: Tree) -> Finding:
    """What servers are told, and whether Express is."""
    opinion = fingerprints.banners(tree.deployment)
    _express(opinion, tree.code)
    unread(opinion, tree.deployment, "servers")
    return finding(
        opinion,
        tree.show,
        nothing="no server is configured here, and no framework that names itself",
        holds="configured",
    )


def _express(opinion: Opinion, code: Code) -> None:
    """Express sends X-Powered-By unless it is switched off or a middleware takes it away."""
    made = code.calls("express", languages=[Language.JAVASCRIPT])
    if not made:
        return
    off = [each for each in code.calls(".disable", ".set", ".removeHeader") if _named(each)]
    off += code.calls("helmet", "helmet.hidePoweredBy", "hide-powered-by", "lusca")
    if off:
        opinion.good(off[0].place, "X-Powered-By of Express is taken away")
    else:
        opinion.fault(made[0].place, "Express names itself: nothing here switches X-Powered-By off")


def _named(call: Call) -> bool:
    name = call.args[0].literal if call.args else None
    off = call.method != "set" or (len(call.args) > 1 and call.args[1].literal is False)
    return isinstance(name, str) and name.lower() == "x-powered-by" and off
