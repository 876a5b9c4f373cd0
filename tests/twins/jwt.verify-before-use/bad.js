const jwt = require("jsonwebtoken");

function authenticate(req, res, next) {
  const claims = jwt.decode(req.headers.authorization.slice(7)); // BAD
  if (claims.role !== "admin") return res.sendStatus(403);
  next();
}

function tenant(req) {
  const token = req.headers["x-token"];
  const body = Buffer.from(token.split(".")[1], "base64").toString(); // BAD
  return JSON.parse(body).tenant;
}

module.exports = { authenticate, tenant };
