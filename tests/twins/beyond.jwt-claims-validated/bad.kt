package shop.auth

import com.auth0.jwt.JWT
import com.auth0.jwt.algorithms.Algorithm

class Reader(private val secret: String) {
    fun read(raw: String) = JWT.require(Algorithm.HMAC256(secret)).acceptExpiresAt(Long.MAX_VALUE).build().verify(raw) // BAD
}
