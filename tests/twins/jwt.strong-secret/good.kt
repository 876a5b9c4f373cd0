package shop.security

import com.auth0.jwt.JWT
import com.auth0.jwt.algorithms.Algorithm
import java.util.Date

fun issue(user: String, until: Date): String =
    JWT.create().withSubject(user).withExpiresAt(until).sign(Algorithm.HMAC256(System.getenv("JWT_KEY")))
