package shop.auth;

import io.jsonwebtoken.Claims;
import io.jsonwebtoken.Jws;
import io.jsonwebtoken.Jwts;

class Reader {
    Jws<Claims> read(String raw) {
        return Jwts.parserBuilder()
            .setSigningKey(key())
            .requireAudience("shop")
            .requireIssuer("https://id.example.com")
            .setAllowedClockSkewSeconds(30)
            .build()
            .parseClaimsJws(raw);
    }
}
