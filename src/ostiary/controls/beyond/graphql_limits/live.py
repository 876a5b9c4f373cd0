"""Queries that are deep, have many aliases or come in a batch, and cost the server nothing, are to be refused."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from urllib.parse import quote

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.seen import graphql
from ostiary.parts.seen.inputs import FORM
from ostiary.verdict import Confidence

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
    name: str = ""  # for programs, with the measure that was taken
    measure: int | bool = True
    limit: bool = True  # whether a refusal of it shows a limit


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
                probes += await _from_pages(http, target)
        except Unanswerable:
            continue
    taken = sorted((each for each in probes if each.taken), key=lambda each: -each.severity.rank)
    if taken:
        return failed(
            "; ".join(dict.fromkeys(each.what for each in taken)),
            *(http.show(each.answer, each.what) for each in taken[:4]),
            severity=taken[0].severity,
            confidence=Confidence.CERTAIN,
            proof=f"beside the smallest query there is, these were answered with data: {taken[0].what}",
            places=tuple(dict.fromkeys(f"POST {each.answer.asked.target.partition('?')[0]}" for each in taken)),
            facts={each.name: each.measure for each in taken},
        )
    if not spoken:
        if not endpoints and http.api is not None:
            return not_applicable("the document has no GraphQL endpoint, and none answers at the usual places")
        return unknown("no GraphQL endpoint answered the smallest query there is")
    told = [each for each in probes if each.answer.status not in _NOT_ABOUT_IT and each.answer.status < 500]  # noqa: PLR2004
    refused = [each for each in told if each.limit]
    if len(refused) < 2:  # noqa: PLR2004 - aliases and one more
        return unknown("GraphQL answers, but how it refuses does not show why")
    names = ", ".join(each.what.partition(" is ")[0].partition(" are ")[0] for each in refused)
    return passed(f"refused, beside a small query that is answered: {names}", http.show(refused[0].answer, "refused"))


async def _probed(http: Http, target: str) -> list[_Probe]:
    found = []
    aliases = await _ask(http, target, graphql.body(graphql.aliases(ALIASES)))
    taken = graphql.data_of(aliases) is not None
    found.append(_Probe(f"{ALIASES} aliases are taken", aliases, taken, Severity.MEDIUM, "aliases", ALIASES))
    several = b"[" + b",".join([graphql.body("{ __typename }")] * BATCH) + b"]"
    batch = await _ask(http, target, several)
    taken = graphql.batch_of(batch) == BATCH
    found.append(_Probe(f"a batch of {BATCH} is taken", batch, taken, Severity.MEDIUM, "batch", BATCH))
    schema = await _ask(http, target, graphql.body(graphql.SCHEMA))
    known: Any = graphql.data_of(schema)
    query = graphql.deep(known, DEPTH)
    if query:
        deep = await _ask(http, target, graphql.body(query))
        taken = graphql.data_of(deep) is not None
        found.append(_Probe(f"a query of {DEPTH} levels is taken", deep, taken, Severity.HIGH, "depth", DEPTH))
    elif known is None:
        found.append(_Probe("introspection is taken", schema, False, Severity.LOW))
        found.append(await _suggests(http, target))
    return found


async def _suggests(http: Http, target: str) -> _Probe:
    """Who hides the schema must not tell it name by name; `__typenam` is near a name that every type has."""
    for typo in graphql.TYPOS:
        answer = await _ask(http, target, graphql.body(f"{{ {typo} }}"))
        if graphql.suggestion_in(answer, typo):
            break
    what = "the schema is hidden, and errors suggest names of it"
    return _Probe(what, answer, bool(graphql.suggestion_in(answer, typo)), Severity.LOW, "suggestions", limit=False)


async def _from_pages(http: Http, target: str) -> list[_Probe]:
    """What another site's page can send with the cookies of who looks at it: links, forms, plain text."""
    mark = "&" if "?" in target else "?"
    found = []
    link = await http.send("GET", f"{target}{mark}query=" + quote("mutation { __typename }"))
    cookie = any(name.lower() == "cookie" for name, _ in link.asked.headers)
    changes = graphql.data_of(link) is not None
    severity = Severity.MEDIUM if cookie else Severity.LOW
    found.append(_Probe("a mutation in the address of a GET is run", link, changes, severity, "get", limit=False))
    if cookie:  # without one, nobody's page can speak for its reader
        for media, data in (
            (FORM, b"query=" + quote("{ __typename }").encode()),
            ("text/plain", graphql.body("{ __typename }")),
        ):
            answer = await http.send("POST", target, headers=[("content-type", media)], body=data)
            taken = graphql.data_of(answer) is not None
            what = f"a query as {media} is taken, which any site's form can send"
            found.append(_Probe(what, answer, taken, Severity.MEDIUM, "form", limit=False))
    return found


async def _ask(http: Http, target: str, body: bytes) -> Answer:
    return await http.send("POST", target, headers=_JSON, body=body)
