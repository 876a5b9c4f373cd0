import { Module } from "@nestjs/common";
import { ApolloDriver, ApolloDriverConfig } from "@nestjs/apollo";
import { GraphQLModule } from "@nestjs/graphql";

@Module({
  imports: [
    GraphQLModule.forRoot<ApolloDriverConfig>({ // BAD
      driver: ApolloDriver,
      autoSchemaFile: true,
    }),
  ],
})
export class ApiModule {}
