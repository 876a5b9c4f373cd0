package shop.auth;

class Partner {
    String begin(String state) {
        String address = "https://id.example.com/authorize?client_id=shop&response_type=code&state=" + state;
        return address;
    }
}
