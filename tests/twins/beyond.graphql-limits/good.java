package shop.api;

import graphql.GraphQL;
import graphql.analysis.MaxQueryDepthInstrumentation;
import graphql.schema.GraphQLSchema;

class Queries {
    private final GraphQL engine;

    Queries(GraphQLSchema schema) {
        this.engine = GraphQL.newGraphQL(schema)
            .instrumentation(new MaxQueryDepthInstrumentation(12))
            .build();
    }
}
