package io.hostel

object Remote {
    const val API_SECRET_KEY_NAME = "api_secret_v2"
    private val signingKey: String = BuildConfig.SIGNING_KEY
    fun client(password: String) = Client(user = "booking", password = password)
}
