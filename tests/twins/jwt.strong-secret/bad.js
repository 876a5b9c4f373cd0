const jwt = require("jsonwebtoken");
const crypto = require("crypto");

const SECRET = "keyboard cat of the orders team";

function issue(user) {
  return jwt.sign({ sub: user.id }, SECRET, { expiresIn: "10m" }); // BAD
}

function check(token) {
  return jwt.verify(token, process.env.JWT_SECRET || "dev", { algorithms: ["HS256"] }); // BAD
}

const pair = crypto.generateKeyPairSync("rsa", { modulusLength: 1024 }); // BAD

module.exports = { issue, check, pair };
