package shop.users

import java.security.SecureRandom

fun otp(): Int {
    val otp = SecureRandom().nextInt(1_000_000)
    return otp
}
