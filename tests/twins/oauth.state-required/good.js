const crypto = require('crypto');
const state = crypto.randomBytes(16).toString('hex');
const params = new URLSearchParams({ response_type: 'code', client_id: 'shop', state });
module.exports = 'https://id.example/authorize?' + params;
