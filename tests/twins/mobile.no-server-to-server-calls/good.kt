package com.example.shop.net

import android.content.Context

object Backends {
    // the stock service is http://10.0.3.17:8081/stock, behind "https://api.example.com"
    const val SHOP = "https://api.example.com/v1"
    const val EMULATOR = "http://10.0.2.2:8000"
    const val CAMERA_AT_HOME = "http://192.168.4.1/stream"
    const val VERSION = "10.0.3.17"
    const val PUBLIC_NAME = "internal.example.com"
    const val DOCS = "https://docs.sendgrid.com/api-reference"
}

fun grant(context: Context) = mapOf("grant_type" to "authorization_code")
