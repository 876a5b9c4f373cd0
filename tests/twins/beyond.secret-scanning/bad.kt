package io.hostel

object Remote {
    const val API_SECRET = "kd93Xf02Jf92Qw02jT20" // BAD
    private val signingKey: String = "p0LmQ4vXs9EtRk2WnYp6HdGu" // BAD
    fun client() = Client(user = "booking", password = "Zx81kqLm!7") // BAD
}
