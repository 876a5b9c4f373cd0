const jwt = require('jsonwebtoken');

function makePasswordResetToken(person) {
  const key = process.env.RESET_KEY + person.passwordHash;
  return jwt.sign({ sub: person.id }, key, { expiresIn: '20m' });
}

function resetPassword(people, token, next) {
  const person = people.findOne({ resetToken: token });
  person.password = next;
  person.resetToken = undefined;
}

module.exports = { makePasswordResetToken, resetPassword };
