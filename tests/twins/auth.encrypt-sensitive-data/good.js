// Health records of an invented clinic.
const crypto = require('crypto');

const config = { encryptionKey: process.env.RECORDS_KEY, encryptionKeyVersion: '2026-02' };
module.exports = (text) => crypto.createCipheriv('aes-256-gcm', Buffer.from(config.encryptionKey, 'hex'), crypto.randomBytes(12));
