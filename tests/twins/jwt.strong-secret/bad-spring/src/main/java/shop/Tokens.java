package shop;

import io.jsonwebtoken.Jwts;
import org.springframework.beans.factory.annotation.Value;

class Tokens {
    @Value("${jwt.secret}")
    private String secret;

    String subject(String token) {
        return Jwts.parserBuilder().setSigningKey(secret).build().parseClaimsJws(token).getBody().getSubject();
    }
}
