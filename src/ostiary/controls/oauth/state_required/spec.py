"""Where a document describes the end of a sign-in elsewhere, the state is asked for."""

from __future__ import annotations

import re

from ostiary.evidence import Spec
from ostiary.model import Confidence, Finding, Place, failed, not_applicable, passed

_END = re.compile(r"callback|redirect|return|complete|signin-|oauth|oidc|sso", re.IGNORECASE)


async def audit_spec(spec: Spec) -> Finding:
    """Look at operations that take an authorization code from a browser."""
    ends = [
        each
        for each in spec.api.operations
        if each.method == "GET"
        and _END.search(each.path)
        and any(one.name == "code" and one.place is Place.QUERY for one in each.parameters)
    ]
    if not ends:
        return not_applicable("no operation of the document takes an authorization code")
    for operation in ends:
        state = next((each for each in operation.parameters if each.name == "state"), None)
        if state is None or not state.required:
            told = "does not know the state" if state is None else "does without the state"
            return failed(
                f"{operation.key} takes an authorization code and {told}",
                spec.at(operation.pointer, "state is not required"),
                places=(operation.key,),
                confidence=Confidence.TENTATIVE,
            )
    return passed("whoever brings an authorization code has to bring the state", spec.at(ends[0].pointer, ends[0].key))
