package shop.security;

import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import java.util.Date;

class Tokens {
    String issue(User user, Algorithm algorithm, Date end) {
        return JWT.create().withSubject(user.id()).withClaim("passwordHash", user.hash()).withExpiresAt(end).sign(algorithm); // BAD
    }
}
