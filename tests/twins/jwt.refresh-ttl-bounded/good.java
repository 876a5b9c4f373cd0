import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import java.time.Duration;
import java.time.Instant;

final class Renewal {
    String refreshToken(String person, Algorithm algorithm) {
        return JWT.create().withSubject(person).withExpiresAt(Instant.now().plus(Duration.ofDays(14))).sign(algorithm);
    }
}
