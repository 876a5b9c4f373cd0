const { ApolloServer } = require('@apollo/server');
const depthLimit = require('graphql-depth-limit');
const { typeDefs, resolvers } = require('./schema');
const server = new ApolloServer({ typeDefs, resolvers, validationRules: [depthLimit(8)] });
module.exports = server;
