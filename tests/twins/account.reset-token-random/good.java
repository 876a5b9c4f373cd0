package shop.users;

import java.security.SecureRandom;
import java.util.Random;

class Codes {
    private final SecureRandom random = new SecureRandom();
    private final Random dice = new Random();

    String otp() {
        int otp = random.nextInt(1_000_000);
        return String.format("%06d", otp);
    }

    int roll() {
        return dice.nextInt(6) + 1;
    }
}
