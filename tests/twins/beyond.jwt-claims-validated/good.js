const jwt = require('jsonwebtoken');
function who(token, key) {
  return jwt.verify(token, key, { algorithms: ['RS256'], audience: 'shop', issuer: 'https://id.example' });
}
module.exports = { who };
