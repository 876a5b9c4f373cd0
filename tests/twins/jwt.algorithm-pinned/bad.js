const jwt = require("jsonwebtoken");
const simple = require("jwt-simple");
const { expressjwt } = require("express-jwt");
const express = require("express");

const app = express();
const publicKey = process.env.PUBLIC_KEY;

function session(token) {
  const { header } = jwt.decode(token, { complete: true });
  return jwt.verify(token, publicKey, { algorithms: [header.alg] }); // BAD: the header decides
}

function callback(token) {
  return jwt.verify(token, publicKey, { algorithms: ["RS256", "none"] }); // BAD: unsigned
}

function old(token) {
  return simple.decode(token, publicKey); // BAD: nothing is said
}

app.use("/api", expressjwt({ secret: publicKey, algorithms: ["HS256", "RS256"] })); // BAD: mixed

function bare(token) {
  return jwt.verify(token, publicKey); // BAD: any that fits the key
}

module.exports = { session, callback, old, bare };
