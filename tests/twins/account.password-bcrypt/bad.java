package shop.users;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.crypto.password.NoOpPasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;

class Passwords {
    byte[] digest(String password) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        return digest.digest(password.getBytes(StandardCharsets.UTF_8)); // BAD
    }

    PasswordEncoder none() {
        return NoOpPasswordEncoder.getInstance(); // BAD
    }

    PasswordEncoder cheap() {
        return new BCryptPasswordEncoder(5); // BAD
    }
}
