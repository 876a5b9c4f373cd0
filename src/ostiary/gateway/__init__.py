"""The gateway: the same plan in front of any upstream, over our own HTTP/1.1 protocol."""
