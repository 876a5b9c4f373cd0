package io.hostel

import com.payu.india.Payu.PayuConstants

object Pay {
    const val MERCHANT_ID = "M20031"
    suspend fun hash(order: Order): String = Api.signed(order.id).hash
    fun avatar(name: String) = sha256(name + AVATAR_PREFIX)
    private const val AVATAR_PREFIX = "avatar-v2"
}
