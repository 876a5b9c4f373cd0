final class Challenge {
    private final String secret = System.getenv("CAPTCHA_SECRET");

    boolean isPerson(RestTemplate client, String answer) {
        return client.postForObject("https://www.google.com/recaptcha/api/siteverify", form(secret, answer), Answer.class).success();
    }
}
