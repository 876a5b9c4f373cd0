final class Challenge {
    private static final String SECRET = "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe"; // BAD

    boolean isPerson(RestTemplate client, String answer) {
        String url = "https://www.google.com/recaptcha/api/siteverify?secret=" + SECRET + "&response=" + answer;
        return client.getForObject(url, Answer.class).success();
    }
}
