const jwt = require('jsonwebtoken');

function makePasswordResetToken(person) {
  return jwt.sign({ sub: person.id }, process.env.RESET_KEY, { expiresIn: '20m' });
}

function resetPasswordWithStored(people, token, next) {
  const person = people.findOne({ resetToken: token, resetExpires: { $gt: Date.now() } });
  person.password = next;
  person.resetToken = undefined;
}

module.exports = { makePasswordResetToken, resetPasswordWithStored };
