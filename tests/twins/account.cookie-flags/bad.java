package shop.web;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletResponse;

class Login {
    void done(HttpServletResponse response, String token) {
        Cookie cookie = new Cookie("session_token", token); // BAD
        cookie.setHttpOnly(false);
        cookie.setSecure(true);
        response.addCookie(cookie);
    }
}
