"""GraphQL servers without a bound on depth or cost, and introspection that is switched on for everybody."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.code import Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Confidence, Finding, Severity
from ostiary.parts.code.judging import Fault, judged

_SERVERS: Final = (
    "*.ApolloServer", "apollo-server.ApolloServer", "express-graphql", "express-graphql.graphqlHTTP", "graphql-yoga.createYoga",
    "mercurius", "graphql-http/lib/use/express.createHandler", "strawberry.Schema", "strawberry.federation.Schema", "ariadne.asgi.GraphQL",
    "graphene.Schema", "*GraphQLView.as_view", "*handler.NewDefaultServer", "*handler.New", "*GraphQLModule.forRoot",
    "GraphQL.newGraphQL", "graphql.GraphQL.newGraphQL", "GraphQL.GraphQL.executeQuery", "GraphQL.Server.StandardServer", "*QueryMapping", "*DgsQuery",
)  # fmt: skip
_LIMITS: Final = (
    "graphql-depth-limit*", "graphql-query-complexity*", "graphql-cost-analysis*", "graphql-validation-complexity*", "@escape.tech/graphql-armor*",
    "graphql-armor*", "graphql-rate-limit*", "strawberry.extensions.QueryDepthLimiter*", "strawberry.extensions.MaxAliasesLimiter*",
    "strawberry.extensions.MaxTokensLimiter*", "strawberry.extensions.*", "graphene.validation*", "ariadne.validation*", "graphql_query_cost*",
    "*MaxQueryDepthInstrumentation*", "*MaxQueryComplexityInstrumentation*", "*extension.FixedComplexityLimit*", "*gqlgen/graphql/handler/extension*",
    "@graphile/depth-limit*",
)  # fmt: skip
_LIMITED: Final = ("depthLimit", "createComplexityLimitRule", "costAnalysis", "*depth_limit_validator", "*cost_validator", "*QueryDepthLimiter",
                   "*FixedComplexityLimit", "*MaxQueryDepthInstrumentation", "*MaxQueryComplexityInstrumentation", "max_depth", "max_complexity",
                   ".depthLimit", "createComplexityRule", "*QueryDepth", "*QueryComplexity", ".maxDepth", ".maxComplexity", "*EnvelopArmor*", "*ApolloArmor*")  # fmt: skip
UNBOUND: Final = "a GraphQL server takes queries of any depth and cost"
OPEN: Final = "introspection is switched on for everybody"


async def audit_source(tree: Tree) -> Finding:
    """Find GraphQL servers, and what bounds their queries."""
    servers = tree.code.calls(*_SERVERS)
    schemas: list[Spot] = [*servers, *tree.code.classes("GraphQL.Schema")]
    limits: list[Spot] = [*tree.code.imports(*_LIMITS), *tree.code.calls(*_LIMITED)]
    faults = [] if limits or not schemas else [Fault(schemas[0], UNBOUND, Confidence.FIRM)]
    for call in servers:
        told = call.argument(None, "introspection", "graphiql")
        if told is not None and told.literal is True:
            faults.append(Fault(call, OPEN, Confidence.FIRM, Severity.LOW))
    return judged(
        tree,
        faults,
        sound=limits if schemas else (),
        holds="a bound on depth or cost of queries is in use",
        nothing="GraphQL server",
        proof="One small request may ask for a tree of millions of objects.",
    )
