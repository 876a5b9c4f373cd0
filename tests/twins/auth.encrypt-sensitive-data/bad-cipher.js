const crypto = require('crypto');
const CryptoJS = require('crypto-js');
const KIND = 'aes-256-ecb';

module.exports = (key, text) => [
  crypto.createCipher('aes-256-cbc', key), // BAD
  crypto.createCipheriv('des-ede3-cbc', key, crypto.randomBytes(8)), // BAD
  crypto.createCipheriv(KIND, key, null), // BAD
  crypto.createCipheriv('aes-256-cbc', key, Buffer.alloc(16, 0)), // BAD
  CryptoJS.AES.encrypt(text, 'between you and me').toString(), // BAD
  CryptoJS.AES.encrypt(text, key, { mode: CryptoJS.mode.ECB }), // BAD
];
