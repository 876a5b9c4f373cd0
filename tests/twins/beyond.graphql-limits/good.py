import strawberry
from strawberry.extensions import MaxAliasesLimiter, QueryDepthLimiter
from strawberry.fastapi import GraphQLRouter

from .types import Query

schema = strawberry.Schema(query=Query, extensions=[QueryDepthLimiter(max_depth=8), MaxAliasesLimiter(max_alias_count=15)])
router = GraphQLRouter(schema)
