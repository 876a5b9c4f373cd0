const crypto = require('crypto');

module.exports.seal = (key, text) => {
  const start = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv('aes-256-gcm', key, start);
  return [start, cipher.update(text), cipher.final(), cipher.getAuthTag()];
};

module.exports.filled = (key) => {
  const start = Buffer.alloc(12);
  crypto.randomFillSync(start);
  return crypto.createCipheriv('chacha20-poly1305', key, start, { authTagLength: 16 });
};
