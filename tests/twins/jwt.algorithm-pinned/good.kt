package shop.auth

import com.auth0.jwt.JWT
import com.auth0.jwt.algorithms.Algorithm

fun check(raw: String, secret: String) = JWT.require(Algorithm.HMAC256(secret)).build().verify(raw)
