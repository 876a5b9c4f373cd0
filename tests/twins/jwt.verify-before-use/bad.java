package shop.security;

import com.auth0.jwt.JWT;
import com.auth0.jwt.interfaces.DecodedJWT;

class CurrentUser {
    String of(String token) {
        DecodedJWT decoded = JWT.decode(token); // BAD
        return decoded.getSubject();
    }
}
