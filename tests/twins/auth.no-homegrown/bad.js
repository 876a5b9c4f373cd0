const crypto = require("crypto");

function hashPassword(password) {
  return crypto.createHash("sha256").update(password).digest("hex"); // BAD
}

function newSessionId() {
  const sessionId = Math.random().toString(36); // BAD
  return sessionId;
}

function hideToken(token, key) {
  return crypto.createCipheriv("aes-256-ecb", key, null).update(token); // BAD
}

module.exports = { hashPassword, newSessionId, hideToken };
