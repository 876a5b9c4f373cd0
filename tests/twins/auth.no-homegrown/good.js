const crypto = require("crypto");
const argon2 = require("argon2");

async function hashPassword(password) {
  return argon2.hash(password);
}

function newSessionId() {
  const sessionId = crypto.randomUUID();
  return sessionId;
}

function hideToken(token, key, iv) {
  return crypto.createCipheriv("aes-256-gcm", key, iv).update(token);
}

module.exports = { hashPassword, newSessionId, hideToken };
