const jwt = require("jsonwebtoken");
const { jwtVerify, createRemoteJWKSet } = require("jose");
const { expressjwt } = require("express-jwt");
const express = require("express");

const app = express();
const options = { algorithms: ["ES256"], audience: "orders" };

function session(token) {
  const { header } = jwt.decode(token, { complete: true });
  const key = KEYS[header.kid];
  return jwt.verify(token, key, { algorithms: ["RS256"] });
}

function shared(token) {
  return jwt.verify(token, process.env.PUBLIC_KEY, options);
}

app.use("/api", expressjwt({ secret: process.env.JWT_SECRET, algorithms: ["HS256"] }));

const keys = createRemoteJWKSet(new URL("https://id.example.com/jwks.json"));
async function remote(token) {
  return jwtVerify(token, keys, { issuer: "https://id.example.com", algorithms: ["RS256"] });
}

module.exports = { session, shared, remote };
