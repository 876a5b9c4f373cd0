package shop.security;

import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import io.jsonwebtoken.Claims;
import io.jsonwebtoken.Jwts;
import java.security.interfaces.RSAPublicKey;

class Tokens {
    private final RSAPublicKey key;

    Tokens(RSAPublicKey key) {
        this.key = key;
    }

    Claims read(String token) {
        return Jwts.parserBuilder().setSigningKey(key).build().parseClaimsJws(token).getBody();
    }

    Claims newer(String token) {
        return Jwts.parser().verifyWith(key).build().parseSignedClaims(token).getPayload();
    }

    String partner(String token) {
        return JWT.require(Algorithm.RSA256(key, null)).withIssuer("shop").build().verify(token).getSubject();
    }
}
