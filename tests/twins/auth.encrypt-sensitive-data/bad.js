// Health records of an invented clinic.
const crypto = require('crypto');

const config = {
  encryptionKey: 'f3b9a07c51e84d2296cc7d0bb1e5a48ff3b9a07c51e84d2296cc7d0bb1e5a48f', // BAD
};
module.exports = (text) => crypto.createCipheriv('aes-256-gcm', Buffer.from(config.encryptionKey, 'hex'), crypto.randomBytes(12));
