import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import java.time.Duration;
import java.time.Instant;

final class Resets {
    String passwordResetToken(String person, Algorithm algorithm) {
        return JWT.create().withSubject(person).sign(algorithm); // BAD
    }

    String passwordResetTokenOfPartner(String person, Algorithm algorithm) {
        return JWT.create().withSubject(person).withExpiresAt(Instant.now().plus(Duration.ofDays(60))).sign(algorithm); // BAD
    }
}
