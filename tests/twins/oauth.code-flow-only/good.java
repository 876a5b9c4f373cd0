package shop.auth;

class Partner {
    private static final String PAGE = "https://id.example.com/authorize";

    String begin(String state) {
        String address = PAGE + "?client_id=shop&response_type=code&state=" + state;
        return "redirect:" + address;
    }
}
