package shop.api

import graphql.GraphQL
import graphql.schema.GraphQLSchema

class Queries(schema: GraphQLSchema) {
    private val engine = GraphQL.newGraphQL(schema).build() // BAD

    fun run(query: String): Any = engine.execute(query).toSpecification()
}
