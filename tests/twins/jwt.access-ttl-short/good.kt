package shop.auth

import com.auth0.jwt.JWT
import com.auth0.jwt.algorithms.Algorithm
import java.util.Date

class Issuer(private val secret: String) {
    fun accessToken(id: String): String =
        JWT.create().withSubject(id).withExpiresAt(Date(System.currentTimeMillis() + 600_000)).sign(Algorithm.HMAC256(secret))
}
