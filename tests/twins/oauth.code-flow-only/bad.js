const params = new URLSearchParams({ response_type: 'token', client_id: 'shop', redirect_uri: 'https://shop.example/cb' }); // BAD
window.location = 'https://id.example/authorize?' + params;
