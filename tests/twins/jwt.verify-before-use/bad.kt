package shop.auth

import com.auth0.jwt.JWT

fun member(raw: String): String {
    val token = JWT.decode(raw) // BAD
    return token.getClaim("member").asString()
}
