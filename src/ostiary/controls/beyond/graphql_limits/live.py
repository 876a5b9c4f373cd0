"""Queries that are deep, have many aliases or come in a batch, and cost the server nothing, are to be refused."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.seen import graphql

DEPTH: Final = 15
ALIASES: Final = 50
BATCH: Final = 10
MOST: Final = 2  # endpoints
_USUAL: Final = ("/graphql", "/api/graphql")
_NOT_ABOUT_IT: Final = frozenset({401, 403, 404, 405, 408, 429})
_JSON: Final = [("content-type", "application/json")]


class _Probe(NamedTuple):
    what: str
    answer: Answer
    taken: bool
    severity: Severity


async def audit_live(http: Http) -> Finding:
    """Ask for the schema, and for more at once than any client does, each in one request without cost."""
    endpoints = [each for each in http.operations if graphql.speaks(each)][:MOST]
    targets = [http.target_of(each) for each in endpoints] or list(_USUAL)
    probes: list[_Probe] = []
    spoken = []
    for target in targets:
        try:
            if graphql.data_of(await _ask(http, target, graphql.body("{ __typename }"))) is not None:
                spoken.append(target)
                probes += await _probed(http, target)
        except Unanswerable:
            continue
    taken = sorted((each for each in probes if each.taken), key=lambda each: -each.severity.rank)
    if taken:
        shown: list[Evidence] = [http.show(each.answer, each.what) for each in taken]
        return failed("; ".join(dict.fromkeys(each.what for each in taken)), *shown[:5], severity=taken[0].severity)
    if not spoken:
        if not endpoints and http.api is not None:
            return not_applicable("the document has no GraphQL endpoint, and none answers at the usual places")
        return unknown("no GraphQL endpoint answered the smallest query there is")
    refused = [each for each in probes if each.answer.status not in _NOT_ABOUT_IT and each.answer.status < 500]  # noqa: PLR2004
    if len(refused) < 2:  # noqa: PLR2004 - aliases and one more
        return unknown("GraphQL answers, but how it refuses does not show why")
    names = ", ".join(each.what.partition(" is ")[0].partition(" are ")[0] for each in refused)
    return passed(f"refused, beside a small query that is answered: {names}", http.show(refused[0].answer, "refused"))


async def _probed(http: Http, target: str) -> list[_Probe]:
    found = []
    aliases = await _ask(http, target, graphql.body(graphql.aliases(ALIASES)))
    taken = graphql.data_of(aliases) is not None
    found.append(_Probe(f"{ALIASES} aliases are taken", aliases, taken, Severity.MEDIUM))
    several = b"[" + b",".join([graphql.body("{ __typename }")] * BATCH) + b"]"
    batch = await _ask(http, target, several)
    found.append(_Probe(f"a batch of {BATCH} is taken", batch, graphql.batch_of(batch) == BATCH, Severity.MEDIUM))
    schema = await _ask(http, target, graphql.body(graphql.SCHEMA))
    known: Any = graphql.data_of(schema)
    query = graphql.deep(known, DEPTH)
    if query:
        deep = await _ask(http, target, graphql.body(query))
        taken = graphql.data_of(deep) is not None
        found.append(_Probe(f"a query of {DEPTH} levels is taken", deep, taken, Severity.HIGH))
    elif known is None:
        found.append(_Probe("introspection is taken", schema, False, Severity.LOW))
    return found


async def _ask(http: Http, target: str, body: bytes) -> Answer:
    return await http.send("POST", target, headers=_JSON, body=body)
