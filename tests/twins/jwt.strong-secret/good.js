const jwt = require("jsonwebtoken");
const fs = require("fs");
const crypto = require("crypto");

const key = fs.readFileSync(process.env.JWT_KEY_FILE);

function issue(user) {
  return jwt.sign({ sub: user.id }, process.env.JWT_SECRET, { expiresIn: "10m" });
}

function check(token) {
  return jwt.verify(token, key, { algorithms: ["RS256"] });
}

const pair = crypto.generateKeyPairSync("rsa", { modulusLength: 3072 });

module.exports = { issue, check, pair };
