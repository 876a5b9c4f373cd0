"""Pages for people: rendered on the server, usable without JavaScript, nothing inline but by nonce."""
