const jwt = require('jsonwebtoken');

function signRefreshToken(person) {
  return jwt.sign({ sub: person.id }, process.env.REFRESH_KEY, { expiresIn: '365d' }); // BAD
}

function signRefreshTokenOfDevice(person) {
  return jwt.sign({ sub: person.id }, process.env.REFRESH_KEY); // BAD
}

module.exports = { signRefreshToken, signRefreshTokenOfDevice };
