const jwt = require("jsonwebtoken");

function login(user) {
  return jwt.sign({ sub: user.id }, process.env.JWT_KEY, { expiresIn: "30d" }); // BAD
}

function kiosk(id) {
  return jwt.sign({ sub: id }, process.env.JWT_KEY); // BAD
}

function who(token) {
  return jwt.verify(token, process.env.JWT_KEY, { algorithms: ["HS256"], ignoreExpiration: true }); // BAD
}

module.exports = { login, kiosk, who };
