const params = new URLSearchParams({ response_type: 'code', client_id: 'shop', state: 'xyz' }); // BAD
module.exports = 'https://id.example/authorize?' + params;
