import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import java.time.Duration;
import java.time.Instant;

final class Resets {
    String passwordResetToken(String person, String number, Algorithm algorithm) {
        return JWT.create().withClaim("person", person).withClaim("jti", number).withExpiresAt(Instant.now().plus(Duration.ofMinutes(20))).sign(algorithm);
    }
}
