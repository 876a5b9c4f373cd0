const jwt = require('jsonwebtoken');

const makePasswordResetToken = (person) => {
  return jwt.sign({ sub: person.id, kind: 'reset' }, process.env.RESET_KEY); // BAD
};

function makeLongPasswordResetToken(person) {
  return jwt.sign({ sub: person.id }, process.env.RESET_KEY, { expiresIn: '30d' }); // BAD
}

module.exports = { makePasswordResetToken, makeLongPasswordResetToken };
