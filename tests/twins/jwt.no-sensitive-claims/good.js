const jwt = require("jsonwebtoken");

function issue(user) {
  return jwt.sign({ id: user.id, roles: user.roles }, process.env.JWT_KEY, { expiresIn: "10m" });
}

module.exports = { issue };
