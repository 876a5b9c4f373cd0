package shop.auth;

class Partner {
    String begin() {
        String address = "https://id.example.com/authorize?client_id=shop&response_type=code"; // BAD
        return address;
    }
}
