package shop.security;

import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.SignatureAlgorithm;
import java.util.Date;

class Tokens {
    private static final String KEY = "shopSigningKeyOfTheYear";

    String issue(String user, Date until) {
        return Jwts.builder() // BAD
            .setSubject(user)
            .setExpiration(until)
            .signWith(SignatureAlgorithm.HS256, KEY)
            .compact();
    }
}
