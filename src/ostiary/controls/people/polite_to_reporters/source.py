"""A policy for reports that lies in the tree is read for what it promises, and for threats."""

from __future__ import annotations

from ostiary.controls.people.polite_to_reporters.words import QUESTION, SAYS, THREATENS
from ostiary.evidence.tree import Role, Tree
from ostiary.model import Finding, attest, failed


async def audit_source(tree: Tree) -> Finding:
    """Read SECURITY.md and its like."""
    names = (
        "SECURITY.md",
        "SECURITY.rst",
        "SECURITY",
        "security-policy.md",
        "vulnerability-disclosure.md",
        "DISCLOSURE.md",
    )
    policies = [each for each in tree.named(*names, roles=(Role.PRODUCT, Role.EXAMPLE)) if each.path.count("/") <= 1]
    if not policies:
        return attest(QUESTION)
    text = tree.text(policies[0])
    said = [name for name, sign in SAYS.items() if sign.search(text)]
    threat = THREATENS.search(text)
    if threat and "safe harbour" not in said:
        place = f"{policies[0].path}:{text.count(chr(10), 0, threat.start()) + 1}"
        why = "the policy for reports of vulnerabilities threatens reporters, and says nothing of a safe harbour"
        return failed(why, tree.show(place, f"it says {threat[0]!r}"), places=(place,))
    return attest(f"{policies[0].path} speaks of {', '.join(said) or 'nothing that reporters look for'}. {QUESTION}")
