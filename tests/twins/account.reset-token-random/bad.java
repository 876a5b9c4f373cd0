package shop.users;

import java.util.Random;

class Codes {
    private final Random random = new Random();

    String otp() {
        int otp = random.nextInt(1_000_000); // BAD
        return String.format("%06d", otp);
    }
}
