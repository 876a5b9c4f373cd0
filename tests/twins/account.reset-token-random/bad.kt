package shop.users

import kotlin.random.Random

fun otp(): Int {
    val otp = Random.nextInt(100000, 999999) // BAD
    return otp
}
