const jwt = require("jsonwebtoken");

const KEYS = loadKeys();

function authenticate(req, res, next) {
  const token = req.headers.authorization.slice(7);
  const { header } = jwt.decode(token, { complete: true });
  const claims = jwt.verify(token, KEYS[header.kid], { algorithms: ["RS256"] });
  if (claims.role !== "admin") return res.sendStatus(403);
  next();
}

module.exports = { authenticate };
