package shop.security;

import io.jsonwebtoken.Jwts;
import java.security.Key;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;

class Tokens {
    String issue(String user, Key key) {
        Date end = Date.from(Instant.now().plus(Duration.ofMinutes(10)));
        return Jwts.builder().setSubject(user).setExpiration(end).signWith(key).compact();
    }
}
