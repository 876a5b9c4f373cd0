package shop.web;

import java.security.SecureRandom;
import java.util.Map;
import org.springframework.http.ResponseEntity;

class Codes {
    ResponseEntity<?> send(String phone) {
        int otp = new SecureRandom().nextInt(1_000_000);
        deliver(phone, otp);
        return ResponseEntity.ok("sent");
    }

    void deliver(String phone, int code) {
    }
}
