package shop.api;

import graphql.GraphQL;
import graphql.schema.GraphQLSchema;

class Queries {
    private final GraphQL engine;

    Queries(GraphQLSchema schema) {
        this.engine = GraphQL.newGraphQL(schema).build(); // BAD
    }

    Object run(String query) {
        return engine.execute(query).toSpecification();
    }
}
