const jwt = require('jsonwebtoken');

function signRefreshToken(person) {
  return jwt.sign({ sub: person.id }, process.env.REFRESH_KEY, { expiresIn: '14d' });
}

function signRefreshTokenOfDevice(person, options) {
  return jwt.sign({ sub: person.id }, process.env.REFRESH_KEY, options);
}

module.exports = { signRefreshToken, signRefreshTokenOfDevice };
