package shop.auth;

import io.jsonwebtoken.ExpiredJwtException;
import io.jsonwebtoken.Jws;
import io.jsonwebtoken.Claims;
import io.jsonwebtoken.Jwts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;

class Reader {
    Jws<Claims> read(String raw) {
        return Jwts.parserBuilder() // BAD
            .setSigningKey(key())
            .setAllowedClockSkewSeconds(315_360_000)
            .build()
            .parseClaimsJws(raw);
    }
}
