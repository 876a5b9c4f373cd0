package shop.security;

import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Keys;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import javax.crypto.SecretKey;

class Tokens {
    private final SecretKey key = Keys.hmacShaKeyFor(System.getenv("JWT_KEY").getBytes(StandardCharsets.UTF_8));

    String issue(String user, Date until) {
        return Jwts.builder().setSubject(user).setExpiration(until).signWith(key).compact();
    }
}
