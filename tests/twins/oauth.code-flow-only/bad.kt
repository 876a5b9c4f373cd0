package shop.auth

fun begin(state: String): String {
    val address = "https://id.example.com/authorize?client_id=shop&response_type=token&state=$state" // BAD
    return address
}
