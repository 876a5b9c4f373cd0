const { Issuer } = require("openid-client");
const { makeClient } = require("./clients");

module.exports = makeClient(Issuer, { id: "shop", pkce: true });
