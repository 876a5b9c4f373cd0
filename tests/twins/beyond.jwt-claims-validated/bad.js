const jwt = require('jsonwebtoken');
const fs = require('fs');
function late(token, key) {
  return jwt.verify(token, key, { algorithms: ['RS256'], ignoreExpiration: true }); // BAD
}
function fromFile(token) {
  const header = jwt.decode(token, { complete: true }).header;
  return fs.readFileSync('keys/' + header.kid); // BAD
}
module.exports = { late, fromFile };
