package shop.users;

import java.security.MessageDigest;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;

class Passwords {
    PasswordEncoder encoder() {
        return new BCryptPasswordEncoder(12);
    }

    String store(PasswordEncoder encoder, String password) {
        return encoder.encode(password);
    }

    byte[] checksum(byte[] file) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(file);
    }
}
