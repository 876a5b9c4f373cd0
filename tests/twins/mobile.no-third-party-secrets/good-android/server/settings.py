CHAT_AUTH_TOKEN = "5c0d1f7ab2e94d31b6a7f00c9e8d4b52"  # a fault of the server, and no part of the app
