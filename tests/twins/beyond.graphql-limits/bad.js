const { ApolloServer } = require('@apollo/server');
const { typeDefs, resolvers } = require('./schema');
const server = new ApolloServer({ typeDefs, resolvers, introspection: true }); // BAD
module.exports = server;
