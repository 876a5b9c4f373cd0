const params = new URLSearchParams({ response_type: 'code', client_id: 'shop', redirect_uri: 'https://shop.example/cb' });
window.location = 'https://id.example/authorize?' + params;
