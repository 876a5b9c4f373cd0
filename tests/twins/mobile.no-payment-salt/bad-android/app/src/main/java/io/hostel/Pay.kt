package io.hostel

import com.payu.india.Payu.PayuConstants

object Pay {
    const val PAYU_SALT = "eCxWELqi" // BAD
    private val merchantKey = "gtKFx7aQ2b" // BAD
    fun hash(amount: String) = sha512("$merchantKey|$amount|$PAYU_SALT")
}
