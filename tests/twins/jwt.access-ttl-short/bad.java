package shop.security;

import io.jsonwebtoken.Jwts;
import java.security.Key;

class Tokens {
    String issue(String user, Key key) {
        return Jwts.builder().setSubject(user).signWith(key).compact(); // BAD
    }
}
