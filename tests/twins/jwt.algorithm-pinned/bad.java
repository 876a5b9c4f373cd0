package shop.security;

import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import io.jsonwebtoken.Claims;
import io.jsonwebtoken.Jwts;
import java.security.PublicKey;

class Tokens {
    private final PublicKey key;

    Tokens(PublicKey key) {
        this.key = key;
    }

    Claims read(String token) {
        return (Claims) Jwts.parser().setSigningKey(key).parse(token).getBody(); // BAD: also takes unsigned tokens
    }

    String partner(String token) {
        return JWT.require(Algorithm.none()).build().verify(token).getSubject(); // BAD: nobody signed it
    }
}
