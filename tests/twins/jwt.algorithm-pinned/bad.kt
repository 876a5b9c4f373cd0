package shop.auth

import com.auth0.jwt.JWT
import com.auth0.jwt.algorithms.Algorithm

fun check(raw: String) = JWT.require(Algorithm.none()).build().verify(raw) // BAD
