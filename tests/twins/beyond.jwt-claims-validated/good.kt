package shop.auth

import com.auth0.jwt.JWT
import com.auth0.jwt.algorithms.Algorithm

class Reader(private val secret: String) {
    private val checker = JWT.require(Algorithm.HMAC256(secret))
        .withAudience("shop")
        .withIssuer("https://id.example.com")
        .acceptLeeway(30)
        .build()

    fun read(raw: String) = checker.verify(raw)
}
