package com.example.shop.net

import android.content.Context

object Backends {
    const val STOCK = "http://10.0.3.17:8081/stock"  // BAD
    const val BILLING = "https://billing.prod.internal/v1"  // BAD
    const val MAIL = "https://api.sendgrid.com/v3/mail/send"  // BAD
    const val SHOP = "https://api.example.com/v1"
}

fun grant(context: Context) = mapOf("grant_type" to "client_credentials")  // BAD
