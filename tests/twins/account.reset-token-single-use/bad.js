const jwt = require('jsonwebtoken');

function makePasswordResetToken(person) {
  return jwt.sign({ sub: person.id }, process.env.RESET_KEY, { expiresIn: '20m' }); // BAD
}

module.exports = makePasswordResetToken;
