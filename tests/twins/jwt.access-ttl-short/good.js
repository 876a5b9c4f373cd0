const jwt = require("jsonwebtoken");

function login(user) {
  return jwt.sign({ sub: user.id }, process.env.JWT_KEY, { expiresIn: "10m" });
}

function withExp(user) {
  return jwt.sign({ sub: user.id, exp: Math.floor(Date.now() / 1000) + 600 }, process.env.JWT_KEY);
}

function refreshToken(user) {
  return jwt.sign({ sub: user.id }, process.env.REFRESH_KEY, { expiresIn: "30d" });
}

function fromSettings(user, options) {
  return jwt.sign({ sub: user.id }, process.env.JWT_KEY, options);
}

module.exports = { login, withExp, refreshToken, fromSettings };
