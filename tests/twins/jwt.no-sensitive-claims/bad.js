const jwt = require("jsonwebtoken");

function issue(user) {
  return jwt.sign({ id: user.id, cardNumber: user.cardNumber }, process.env.JWT_KEY, { expiresIn: "10m" }); // BAD
}

module.exports = { issue };
