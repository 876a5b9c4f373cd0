package shop.auth

fun begin(): String {
    val address = "https://id.example.com/authorize?client_id=shop&response_type=code&state=shop" // BAD
    return address
}
