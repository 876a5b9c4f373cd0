package shop.auth

import com.auth0.jwt.JWT
import com.auth0.jwt.algorithms.Algorithm

fun member(raw: String, secret: String): String {
    val token = JWT.require(Algorithm.HMAC256(secret)).build().verify(raw)
    return token.getClaim("member").asString()
}
