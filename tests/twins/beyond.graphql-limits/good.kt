package shop.api

import graphql.GraphQL
import graphql.analysis.MaxQueryComplexityInstrumentation
import graphql.schema.GraphQLSchema

class Queries(schema: GraphQLSchema) {
    private val engine = GraphQL.newGraphQL(schema).instrumentation(MaxQueryComplexityInstrumentation(300)).build()
}
