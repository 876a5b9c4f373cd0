import strawberry
from strawberry.fastapi import GraphQLRouter

from .types import Query

schema = strawberry.Schema(query=Query)  # BAD
router = GraphQLRouter(schema)
