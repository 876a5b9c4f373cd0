package shop.security;

import com.auth0.jwt.JWT;
import com.auth0.jwt.JWTVerifier;
import com.auth0.jwt.interfaces.DecodedJWT;

class CurrentUser {
    private final JWTVerifier verifier;

    CurrentUser(JWTVerifier verifier) {
        this.verifier = verifier;
    }

    String of(String token) {
        DecodedJWT decoded = verifier.verify(token);
        return decoded.getSubject();
    }
}
