"""Who owns sensitive code, and whether the platform asks them, shows in files and rules; whether they are trained does not."""

from __future__ import annotations

import re
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.tree import Role, Tree
from ostiary.model import Finding, attest

QUESTION: Final = (
    "Which trained reviewers check security-sensitive changes (attach their names or roles, training dates and "
    "a few recent reviews)?"
)
_SENSITIVE: Final = re.compile(
    r"(?i)auth|login|session|secur|crypt|payment|billing|admin|permission|token|\.github|workflows|infra|terraform|deploy"
)
_TEMPLATES: Final = (
    ".github/pull_request_template.md", ".github/PULL_REQUEST_TEMPLATE.md", "pull_request_template.md", "PULL_REQUEST_TEMPLATE.md", "docs/pull_request_template.md", ".github/PULL_REQUEST_TEMPLATE/*.md",
    ".gitlab/merge_request_templates/*.md",
)  # fmt: skip


async def audit_ci(tree: Tree) -> Finding:
    """Say what files and rules tell, and ask."""
    told = [*_owners(tree), *_template(tree)]
    return attest(f"{'; '.join(told)}. {QUESTION}" if told else QUESTION)


def _owners(tree: Tree) -> list[str]:
    try:
        known = tree.reviews
    except Unanswerable:
        return []
    owners = known.rules.get("code_owners")
    if not isinstance(owners, (list, tuple)) or not owners:
        return []
    sensitive = [str(each) for each in owners if _SENSITIVE.search(str(each).partition(" ")[0])]
    asked = {True: ", and the platform asks them", False: ", and nothing demands that they are asked"}
    demanded = known.rules.get("code_owner_review")
    rest = asked[demanded] if isinstance(demanded, bool) else ""
    return [
        f"CODEOWNERS has owners of {len(sensitive)} sensitive paths ({sensitive[0]}){rest}"
        if sensitive
        else f"CODEOWNERS names no owner of its own for sensitive paths{rest}"
    ]


def _template(tree: Tree) -> list[str]:
    for each in tree.named(*_TEMPLATES, roles=(Role.PRODUCT, Role.EXAMPLE)):
        if re.search(r"(?i)secur|threat|abuse", tree.text(each)):
            return [f"{each.path} asks about security"]
    return []
