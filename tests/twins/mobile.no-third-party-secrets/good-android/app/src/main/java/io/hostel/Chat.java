package io.hostel;

final class Chat {
    static final String CHAT_CLIENT_ID = "5c0d1f7ab2e94d31b6a7f00c9e8d4b52";
    private final String authToken = Session.current().authToken();
}
